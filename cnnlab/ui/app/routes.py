"""All routes of the server, by screen. A new route is a module in its screen's folder and a name here."""

from __future__ import annotations

from cnnlab.ui.build import editor_routes
from cnnlab.ui.draw import classify_route, own_drawings_routes, photo_route, reminder_route, why_route
from cnnlab.ui.shared import scripts
from cnnlab.ui.train import live_route

_DRAW = (classify_route, why_route, photo_route, own_drawings_routes, reminder_route)
_MODULES = (*_DRAW, editor_routes, live_route, scripts)
ROUTES = [route for module in _MODULES for route in module.routes]
