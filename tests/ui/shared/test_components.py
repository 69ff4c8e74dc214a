"""A component's script is fetched once and kept. That it works in a browser is tested where it is used."""

from __future__ import annotations

import re

from cnnlab.ui.shared import components
from tests.ui.asgi import get


def test_the_module_names_an_address_that_has_the_text() -> None:
    """For good, and as JavaScript; another text has another address."""
    addresses = []
    for text in ("export default function () {}", "export default () => {}"):
        found = re.search(r'"(api/script/[^"]+)"', components.served_once("part", text))
        assert found
        addresses.append(f"/{found[1]}")
        answer = get(components.routes, addresses[-1])
        assert answer.body.decode() == text
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
    assert addresses[0] != addresses[1]


def test_what_no_component_has_is_not_found() -> None:
    """Whatever stands in the address."""
    for file in ("none.js", "..%2Fapp.py"):
        assert get(components.routes, f"/api/script/{file}").status == 404
