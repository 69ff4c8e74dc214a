"""Build: assemble a network, layer by layer."""

from cnnlab.ui.build.page import build_page

build_page()
