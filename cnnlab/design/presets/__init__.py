"""Designs to start from. A new preset is one entry in its family's file."""

from __future__ import annotations

from cnnlab.design.presets.articles import ARTICLES
from cnnlab.design.presets.bad import BAD
from cnnlab.design.presets.classics import CLASSICS
from cnnlab.design.presets.own import OWN
from cnnlab.design.presets.record import FAMILY_TITLES, Preset, PresetFamily
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy, lazy_listed

PRESETS: dict[str, Preset] = {entry.name: entry for entry in (*ARTICLES, *BAD, *CLASSICS, *OWN)}


def families() -> dict[PresetFamily, dict[str, Preset]]:
    """Return the presets by family, in the order of the menu."""
    grouped: dict[PresetFamily, dict[str, Preset]] = {}
    for name, entry in PRESETS.items():
        grouped.setdefault(entry.family, {})[name] = entry
    return grouped


def preset(name: str) -> Preset:
    """Return the preset with that name; raises DesignError with a list of the names."""
    if name not in PRESETS:
        raise DesignError(
            lazy("there is no preset {name}", name=repr(name)),
            where=lazy("presets"),
            allowed=lazy_listed(PRESETS),
        )
    return PRESETS[name]


__all__ = ["FAMILY_TITLES", "PRESETS", "Preset", "PresetFamily", "families", "preset"]
