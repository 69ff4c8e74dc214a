"""From a drawing or a photo to the image that a network sees."""
