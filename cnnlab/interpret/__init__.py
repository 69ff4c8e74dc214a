"""Looking inside a network: what its filters are, and what each layer makes of a picture. Light to import."""

from __future__ import annotations

from typing import Literal, get_args

Scope = Literal["map", "layer", "network"]  # what shares one scale of colors
SCOPES: tuple[Scope, ...] = get_args(Scope)
