"""GET /api/script/HASH/LANGUAGE/SCREEN/COMPONENT/FILE.js: the modules of assets/, each fetched once and kept.

A module imports others by their relative address, so one request leads to the next. Whoever needs one is
given the names of all that it leads to, and asks for them at once. HASH stands for all texts of a language:
other texts have other addresses. In every language but English the server makes assets/shared/language.js,
with the translations of what the modules say.
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

from cnnlab.language import ENGLISH, _, best_of, speaking
from cnnlab.language.catalogues import codes, plural_form, table
from cnnlab.ui.shared.http import paths

ASSETS = Path(__file__).parents[3] / "assets"
LANGUAGE = "shared/language.js"
MOUNTED = "mounted"  # the class of a component whose script has taken it over
_FOREVER = "public, max-age=31536000, immutable"  # another text has another address
_IMPORTED = re.compile(r'^(?:import|export)\b[^;"]*"(\.[^"]+)";$', re.MULTILINE)


class Scripts:
    """All modules as they are in one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        files = sorted(ASSETS.rglob("*.js"))
        self.texts = {file.relative_to(ASSETS).as_posix(): file.read_text(encoding="utf-8") for file in files}
        if code != ENGLISH:
            self.texts[LANGUAGE] = _language_module(code)

    @cached_property
    def hash(self) -> str:
        """Sixteen digits that stand for the names and texts of all modules."""
        return sha256(json.dumps(self.texts).encode()).hexdigest()[:16]

    @property
    def base(self) -> str:
        """Where the modules are, as seen from a page."""
        return f"api/script/{self.hash}/{self.code}/"

    def imported(self, name: str) -> list[str]:
        """The modules that a module names in its import statements."""
        folder = posixpath.dirname(name)
        return [posixpath.normpath(f"{folder}/{each}") for each in _IMPORTED.findall(self.texts[name])]

    def needed(self, entry: str) -> list[str]:
        """A module, and all that it leads to."""
        found = [entry]
        for name in found:  # grows meanwhile
            found += [each for each in self.imported(name) if each not in found]
        return found

    def stub(self, entry: str) -> str:
        """The module to give to Streamlit in place of `entry`: it fetches that one and does what it does.

        What the component's html shows is hidden until then: a pen would leave nothing on it.
        """
        return (
            f'const base = new URL("{self.base}", document.baseURI);\n'
            f"const names = {json.dumps(self.needed(entry))};\n"
            "const modules = await Promise.all(names.map((name) => import(new URL(name, base))));\n"
            "export default (component) => {\n"
            "  const remove = modules[0].default(component);\n"
            f'  component.parentElement.querySelector(".lab")?.classList.add("{MOUNTED}");\n'
            "  return remove;\n"
            "};\n"
        )


@cache
def scripts(code: str) -> Scripts:
    """The modules in one of the lab's languages, read with the first use."""
    return Scripts(code)


def _language_module(code: str) -> str:
    """What shared/language.js says in another language."""
    return (
        f"export const LANGUAGE = {json.dumps(code)};\n"
        f"export const WORDS = {json.dumps(table(code, '.js'), ensure_ascii=False)};\n"
        f"export const formOf = (n) => {plural_form(code)};\n"
    )


async def script(request: Request) -> Response:
    """The text of a module; 404 where there is none of this name, language and hash."""
    given, code, name = (request.path_params[part] for part in ("hash", "language", "name"))
    known = scripts(code) if code in codes() else None
    text = known.texts.get(name) if known and known.hash == given else None
    if text is None:
        with speaking(best_of(request.headers.get("accept-language", "")) or ENGLISH):
            return Response(_("There is no such script."), 404)
    return Response(text, media_type="text/javascript", headers={"Cache-Control": _FOREVER})


routes = [Route(path, script) for path in paths("/api/script/{hash}/{language}/{name:path}")]
