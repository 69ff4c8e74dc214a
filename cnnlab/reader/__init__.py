"""A network that reads: its weights loaded, its answer, and how far to trust it."""
