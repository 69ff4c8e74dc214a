"""GET /api/script/HASH/LANGUAGE/SCREEN/COMPONENT/FILE.js: the modules of assets/, fetched once and cached.

A module imports others by relative address, so one request would lead to the next. To avoid that, a page gets
the names of a module and all its dependencies, and requests them at once. HASH covers all files in a
language: changed files have new addresses. In every language but English the server generates
assets/shared/language.js, with the translations of the modules' texts.
"""

from __future__ import annotations

import json
import posixpath
import re
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.language import ENGLISH, _, first_available, speaking
from cnnlab.language.catalogues import codes, plural_form, table
from cnnlab.ui.shared.http import paths

ASSETS = Path(__file__).parents[3] / "assets"
LANGUAGE = "shared/language.js"
MOUNTED = "mounted"  # the CSS class of a component whose script has mounted it
_FOREVER = "public, max-age=31536000, immutable"  # a changed file has another address
_IMPORTED = re.compile(r'^(?:import|export)\b[^;"]*"(\.[^"]+)";$', re.MULTILINE)


class Scripts:
    """All modules, in one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        files = sorted(ASSETS.rglob("*.js"))
        self.texts = {file.relative_to(ASSETS).as_posix(): file.read_text(encoding="utf-8") for file in files}
        if code != ENGLISH:
            self.texts[LANGUAGE] = _language_module(code)

    @cached_property
    def hash(self) -> str:
        """Sixteen hex digits, the hash of the names and texts of all modules."""
        return sha256(json.dumps(self.texts).encode()).hexdigest()[:16]

    @property
    def base(self) -> str:
        """The address of the modules, relative to a page."""
        return f"api/script/{self.hash}/{self.code}/"

    def imported(self, name: str) -> list[str]:
        """The modules that a module imports directly."""
        folder = posixpath.dirname(name)
        return [posixpath.normpath(f"{folder}/{each}") for each in _IMPORTED.findall(self.texts[name])]

    def dependencies(self, entry: str) -> list[str]:
        """A module and all its dependencies."""
        found = [entry]
        for name in found:  # which grows during the loop
            found += [each for each in self.imported(name) if each not in found]
        return found

    def stub(self, entry: str) -> str:
        """The module to give to Streamlit in place of `entry`, which fetches `entry` and mounts it.

        The component's html is hidden until then, because it would not react to a pen.
        """
        return (
            f'const base = new URL("{self.base}", document.baseURI);\n'
            f"const names = {json.dumps(self.dependencies(entry))};\n"
            "const modules = await Promise.all(names.map((name) => import(new URL(name, base))));\n"
            "export default (component) => {\n"
            "  const remove = modules[0].default(component);\n"
            f'  component.parentElement.querySelector(".lab")?.classList.add("{MOUNTED}");\n'
            "  return remove;\n"
            "};\n"
        )


@cache
def scripts(code: str) -> Scripts:
    """The modules in one of the lab's languages, read on first use."""
    return Scripts(code)


def _language_module(code: str) -> str:
    """The text of shared/language.js in another language than English."""
    return (
        f"export const LANGUAGE = {json.dumps(code)};\n"
        f"export const WORDS = {json.dumps(table(code, '.js'), ensure_ascii=False)};\n"
        f"export const formOf = (n) => {plural_form(code)};\n"
    )


async def script(request: Request) -> Response:
    """The text of a module; 404 if there is none with this name, language and hash."""
    digest, code, name = (request.path_params[part] for part in ("hash", "language", "name"))
    known = scripts(code) if code in codes() else None
    text = known.texts.get(name) if known and known.hash == digest else None
    if text is None:
        with speaking(first_available(request.headers.get("accept-language", ""))):
            return Response(_("There is no such script."), 404)
    return Response(text, media_type="text/javascript", headers={"Cache-Control": _FOREVER})


routes = [Route(path, script) for path in paths("/api/script/{hash}/{language}/{name:path}")]
