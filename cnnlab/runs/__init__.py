"""What is kept: runs, their events and weights, and saved designs."""
