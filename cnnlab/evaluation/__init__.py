"""How good a network is: its answers to labeled pictures, counted, compared and put in order."""
