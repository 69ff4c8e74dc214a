"""Looking inside a network: its filters, feature maps and attributions. Light to import."""

from __future__ import annotations

from typing import Literal, get_args

Scope = Literal["map", "layer", "network"]  # the values that share one color scale
SCOPES: tuple[Scope, ...] = get_args(Scope)
