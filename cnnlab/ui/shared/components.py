"""Our own components: their files are in assets/SCREEN/NAME, their Python half in ui/SCREEN/NAME.py."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from cnnlab.language import ENGLISH, language
from cnnlab.ui.shared.scripts import ASSETS, MOUNTED, scripts
from cnnlab.ui.shared.words import translated_html

_HIDDEN = f".lab:not(.{MOUNTED}) {{ visibility: hidden; }}\n"  # but still takes up its space


@cache
def asset(name: str) -> str:
    """The text of a file in assets/."""
    return (ASSETS / name).read_text(encoding="utf-8")


class Component:
    """A component, placed with `component(key=..., data=...)`; its files are read on first use.

    `folder`: below assets/; its last part is the name of the component and of its html, css and script. The
    script is a module whose default export mounts the component. `style`: CSS to put in front of its own.
    """

    def __init__(self, folder: str, *, style: str = "") -> None:
        self._folder = folder
        self._name = folder.rpartition("/")[2]
        self._style = style
        self._in_language: dict[str, Any] = {}

    def __call__(self, **options: Any) -> Any:
        """Place the component on the page."""
        code = language()
        if code not in self._in_language:
            self._in_language[code] = self._create(code)
        return self._in_language[code](**options)

    def _create(self, code: str) -> Any:
        html = translated_html(self._file("html"))
        return st.components.v2.component(
            self._name if code == ENGLISH else f"{self._name}_{code}",
            html=html or None,
            css=(_HIDDEN if html else "") + self._style + self._file("css") or None,
            js=scripts(code).stub(f"{self._folder}/{self._name}.js"),
        )

    def _file(self, kind: str) -> str:
        """The component's file of this kind; empty if it has none."""
        name = f"{self._folder}/{self._name}.{kind}"
        return asset(name) if (ASSETS / name).exists() else ""
