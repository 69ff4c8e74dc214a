"""The Look inside screen: the filters and feature maps of a network."""
