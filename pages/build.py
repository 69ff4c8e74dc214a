"""Build: assemble a network, layer by layer."""

from cnnlab.ui.build_page import build_page

build_page()
