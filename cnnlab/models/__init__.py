"""From a design to a PyTorch module: building it, predicting with it, reading and writing its weights."""
