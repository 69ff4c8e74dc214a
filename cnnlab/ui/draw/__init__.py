"""The Draw screen: a pad, and a network that reads while the pen moves."""
