"""Charts: from data to a picture or a text; the screen only places it."""
