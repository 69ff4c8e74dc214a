"""A network as data: its layers, edits, advice, and the networks to start from."""
