"""The run store: runs, their events and weights, and saved designs."""
