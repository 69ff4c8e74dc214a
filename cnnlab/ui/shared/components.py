"""Components of our own: their files lie in assets/SCREEN/NAME, their Python half in ui/SCREEN/NAME.py."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnlab.language import ENGLISH, language
from cnnlab.ui.shared.scripts import ASSETS, MOUNTED, scripts
from cnnlab.ui.shared.words import in_language

_HIDDEN = f".lab:not(.{MOUNTED}) {{ visibility: hidden; }}\n"  # it keeps its place


def asset(name: str) -> str:
    """A text file of assets/."""
    return (ASSETS / name).read_text(encoding="utf-8")


class Component:
    """What a page places with `component(key=..., data=...)`; its files are read with its first use.

    `folder`: below assets/; its last part is the component's name, and that of its html, css and script. The
    script is a module whose default export mounts the component. `style`: a text in front of the css.
    """

    def __init__(self, folder: str, *, style: str = "") -> None:
        self._folder = folder
        self._name = folder.rpartition("/")[2]
        self._style = style
        self._in_language: dict[str, Any] = {}

    def __call__(self, **options: Any) -> Any:
        """Place it on the page."""
        code = language()
        if code not in self._in_language:
            self._in_language[code] = self._made(code)
        return self._in_language[code](**options)

    def _made(self, code: str) -> Any:
        html = in_language(self._own("html"))
        return st.components.v2.component(
            self._name if code == ENGLISH else f"{self._name}_{code}",
            html=html or None,
            css=(_HIDDEN if html else "") + self._style + self._own("css") or None,
            js=scripts(code).stub(f"{self._folder}/{self._name}.js"),
        )

    def _own(self, kind: str) -> str:
        """The component's text of this kind; empty where it has none."""
        name = f"{self._folder}/{self._name}.{kind}"
        return asset(name) if (ASSETS / name).exists() else ""
