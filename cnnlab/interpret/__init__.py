"""Looking inside a network: what its filters are, and what each layer makes of a picture."""
