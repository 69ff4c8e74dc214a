"""Data in, picture out: what a chart shows is worked out here; the screen only places it."""
