"""One entry of a menu of training settings. Light: importing this loads no torch."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.language import Words


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu: its title and one sentence on what it does."""

    title: Words
    about: Words
