"""The running server and what one browser tab has: the lab, its loaded models, the pages."""
