"""The Build screen: a design, edited as a stack of cards."""
