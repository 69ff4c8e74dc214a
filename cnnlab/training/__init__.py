"""Training as a stream of events: configuration, devices, the loop itself."""
