"""Reading with a trained network: loading it, its answer, and how far to trust it."""
