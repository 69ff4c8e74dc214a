"""Draw: a digit, and a network that reads it while the pen moves."""

from cnnlab.ui.draw.page import draw_page

draw_page()
