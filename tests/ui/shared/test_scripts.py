"""A module is fetched once and kept. That they work in a browser is tested where they are used."""

from __future__ import annotations

import json
import re

import pytest

from cnnlab.ui.shared.scripts import ASSETS, Scripts, routes, scripts
from tests.ui.asgi import get

ENTRY = "train/live_curves/live_curves.js"


def address(name: str, code: str = "en") -> str:
    """Where the lab serves a module."""
    return f"/api/script/{scripts(code).hash}/{code}/{name}"


def test_a_component_is_given_the_addresses_of_all_its_modules() -> None:
    """The one that mounts it first; each answers with its text, for good, and as JavaScript."""
    stub = scripts("en").stub(ENTRY)
    base = re.search(r'"(api/script/[^"]+/)"', stub)
    names = re.search(r"const names = (.*);", stub)
    assert base
    assert names
    listed = json.loads(names[1])
    assert listed[0] == ENTRY
    assert {"train/live_curves/geometry.js", "shared/words.js", "shared/language.js"} <= set(listed)
    assert len(set(listed)) == len(listed)
    for name in listed:
        answer = get(routes, f"/{base[1]}{name}")
        assert answer.body.decode() == (ASSETS / name).read_text(encoding="utf-8")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]


def test_a_module_speaks_the_language_of_its_address() -> None:
    """All others are the same in every language, but for their address: the hash stands for all of them."""
    english, chinese = Scripts("en"), Scripts("zh")
    differing = [name for name in english.texts if english.texts[name] != chinese.texts[name]]
    assert differing == ["shared/language.js"]
    assert english.hash != chinese.hash
    served = get(routes, address("shared/language.js", "zh")).body.decode()
    assert 'export const LANGUAGE = "zh";' in served
    assert "放大" in served


@pytest.mark.parametrize(
    "path",
    [
        address("none.js"),
        address("package.json"),
        address("../app.py"),
        address("..%2F..%2Fapp.py"),
        address("shared//words.js"),
        address(str(ASSETS / ENTRY)),
        address(ENTRY).replace("/en/", "/zh/"),
        address(ENTRY).replace("/en/", "/xx/"),
        "/api/script/0000000000000000/en/shared/words.js",
        "/api/script/..",
    ],
)
def test_what_is_no_module_is_not_found(path: str) -> None:
    """Whatever stands in the address."""
    assert get(routes, path).status == 404
