"""What takes a while to find out about a trained network: computed in a separate process, kept in a file."""
