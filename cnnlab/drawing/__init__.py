"""From what somebody draws or photographs to the image that a network sees."""
