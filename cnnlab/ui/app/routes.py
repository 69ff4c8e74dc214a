"""All routes of the server, by screen. A new route is a module in its screen's folder and a name here."""

from __future__ import annotations

from cnnlab.ui.build import editor_routes
from cnnlab.ui.draw import (
    attribute_route,
    classify_route,
    own_drawings_routes,
    photo_route,
    reminder_route,
    trace_route,
    why_route,
)
from cnnlab.ui.look_inside import connections_route, fool_route, probe_route, test_set_route, unit_route
from cnnlab.ui.shared import scripts
from cnnlab.ui.train import curves_route, live_route, watched_drawing_route

_READING = (classify_route, trace_route, why_route, attribute_route)
_DRAW = (*_READING, photo_route, own_drawings_routes, reminder_route)
_TRAIN = (live_route, curves_route, watched_drawing_route)
_LOOK_INSIDE = (test_set_route, unit_route, connections_route, fool_route, probe_route)
_MODULES = (*_DRAW, editor_routes, *_TRAIN, *_LOOK_INSIDE, scripts)
ROUTES = [route for module in _MODULES for route in module.routes]
