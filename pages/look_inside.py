"""Look inside: filters and feature maps of a network, row by row."""

from cnnlab.ui.look_inside.page import look_inside_page

look_inside_page()
