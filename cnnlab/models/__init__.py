"""From a design to a PyTorch module: built, asked for an answer, its weights read and written."""
