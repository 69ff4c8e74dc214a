"""Components of our own: their files lie in assets/SCREEN/NAME, their Python half in ui/SCREEN/NAME.py.

GET /api/script/NAME-HASH.js: the scripts of components that a page draws again and again. Streamlit sends the
whole text of a component with each drawing of it. Of a watched run's tick that was more than half of all
bytes; the browser now fetches the text once, and keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.language import ENGLISH, _, language
from cnnlab.ui.shared.http import paths
from cnnlab.ui.shared.words import WORDS, in_language, words_in

ASSETS = Path(__file__).parents[3] / "assets"
_FOREVER = "public, max-age=31536000, immutable"  # another text has another name
_texts: dict[str, str] = {}


def asset(name: str) -> str:
    """A text file of assets/."""
    return (ASSETS / name).read_text(encoding="utf-8")


def joined(folder: str, scripts: Sequence[str]) -> str:
    """Scripts of one folder as one module, in this order."""
    return "\n".join(asset(f"{folder}/{script}.js") for script in scripts)


class Component:
    """What a page places with `component(key=..., data=...)`; its files are read with its first use.

    `folder`: below assets/; its last part is the component's name, and that of its html, css and script.
    `scripts`: in place of that one script, several that make one module, in this order. `before` and `style`:
    texts in front of the module and of the css. `served_once`: for a page that draws it again and again.
    """

    def __init__(
        self,
        folder: str,
        *,
        scripts: Sequence[str] = (),
        before: str = "",
        style: str = "",
        served_once: bool = False,
    ) -> None:
        self._folder = folder
        self._name = folder.rpartition("/")[2]
        self._scripts = scripts or (self._name,)
        self._before = before
        self._style = style
        self._served_once = served_once
        self._in_language: dict[str, Any] = {}

    def __call__(self, **options: Any) -> Any:
        """Place it on the page."""
        code = language()
        if code not in self._in_language:
            self._in_language[code] = self._made(code)
        return self._in_language[code](**options)

    def _made(self, code: str) -> Any:
        module = (
            words_in(code, self._folder) + asset(WORDS) + self._before + joined(self._folder, self._scripts)
        )
        return st.components.v2.component(
            self._name if code == ENGLISH else f"{self._name}_{code}",
            html=in_language(self._own("html")) or None,
            css=self._style + self._own("css") or None,
            js=served_once(self._name, module) if self._served_once else module,
        )

    def _own(self, kind: str) -> str:
        """The component's text of this kind; empty where it has none."""
        name = f"{self._folder}/{self._name}.{kind}"
        return asset(name) if (ASSETS / name).exists() else ""


def served_once(name: str, text: str) -> str:
    """The module to give to Streamlit in place of `text`: it fetches that one and does what it does."""
    file = f"{name}-{sha256(text.encode()).hexdigest()[:16]}.js"
    _texts[file] = text
    address = f'new URL("api/script/{file}", document.baseURI).href'
    return f"const {{ default: mount }} = await import({address});\nexport default mount;\n"


async def script(request: Request) -> Response:
    """The text, or 404 where no component has it."""
    text = _texts.get(request.path_params["file"])
    if text is None:
        return Response(_("There is no such script."), 404)
    return Response(text, media_type="text/javascript", headers={"Cache-Control": _FOREVER})


routes = [Route(path, script) for path in paths("/api/script/{file}")]
