"""The style of the card that shows how one number of a layer came about (assets/shared/trace/trace_card.js).

A component puts TRACE_STYLE in front of its own style, and builds a `TraceCard` inside an element with the
class "lab", which has the colors of MAP_STYLE (ui/shared/feature_maps.py).
"""

from __future__ import annotations

from cnnlab.ui.shared.components import asset

TRACE_STYLE = asset("shared/trace/trace_card.css")
