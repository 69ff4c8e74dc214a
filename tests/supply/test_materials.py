"""The bill of materials names everything that is locked or shipped, with licenses."""

from __future__ import annotations

import json
from email.message import Message
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT
from tests.supply.lock import LAB, LOCK, TESTS, canonical, read_lock
from tests.supply.materials import BILL, SHIPPED, licenses, reached
from tests.supply.needs import direct, graph

OWN_TEXT = {".css", ".csv", ".html", ".js", ".json", ".md", ".po", ".pot", ".py", ".pyc", ".svg", ".txt"}


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    """The bill as it was written."""
    content: dict[str, Any] = json.loads(BILL.read_text("utf-8"))
    return content


def test_every_locked_package_is_named_once(bill: dict[str, Any]) -> None:
    found = [(each["name"], each["version"]) for each in bill["components"] if each["type"] == "library"]
    locked = read_lock(LOCK.read_text("utf-8"))
    assert found == [(name, each.version) for name, each in locked.items()]


def test_everything_has_a_license(bill: dict[str, Any]) -> None:
    components = [bill["metadata"]["component"], *bill["components"]]
    assert [each["name"] for each in components if not each["licenses"]] == []


def test_every_shipped_file_that_is_not_the_labs_own_text_is_named(bill: dict[str, Any]) -> None:
    """A font, a picture, weights or a library that is added one day needs a license too."""
    files = [path for room in ("assets", "cnnlab", "pages") for path in (ROOT / room).rglob("*.*")]
    foreign = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.is_file() and path.suffix not in OWN_TEXT and path.parent.name != "screenshots"
    }
    assert foreign == {each["name"] for each in bill["components"] if "/" in each["name"]}
    assert bill["components"][: len(SHIPPED)] == SHIPPED


def test_what_only_the_tests_need_is_not_part_of_the_lab(bill: dict[str, Any]) -> None:
    names = {each["bom-ref"]: each["name"] for each in bill["components"]} | {"cnnlab": "cnnlab"}
    needs = {names[each["ref"]]: {names[ref] for ref in each["dependsOn"]} for each in bill["dependencies"]}
    lab, tests = ({canonical(each.name) for each in direct(file)} for file in (LAB, TESTS))
    assert needs["cnnlab"] == lab | tests
    required = {each["name"] for each in bill["components"] if each.get("scope") == "required"}
    assert required == reached(lab, needs)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"License-Expression": "MIT", "License": "other"}, {"expression": "MIT"}),
        ({"License": "BSD 3-Clause"}, {"license": {"name": "BSD 3-Clause"}}),
        (
            {"License": "A long\ntext", "Classifier": "License :: OSI Approved :: MIT License"},
            {"license": {"name": "MIT License"}},
        ),
    ],
    ids=["expression", "word", "classifier"],
)
def test_a_license_is_read_from_metadata(stated: dict[str, str], expected: dict[str, Any]) -> None:
    metadata = Message()
    for key, value in {"Name": "some", **stated}.items():
        metadata[key] = value
    assert licenses(metadata) == [expected]


def test_needs_follow_extras_and_ignore_the_platform() -> None:
    """What an extra brings counts if it is asked for; what another system needs counts too."""
    stated = {
        "top": ["kit[fast]", 'colors; sys_platform == "win32"', 'old; python_version < "3"'],
        "kit": ['engine; extra == "fast"', 'docs; extra == "manual"'],
    }
    needs = graph([Requirement("top>=1")], lambda name: stated.get(name, []))
    assert needs == {"top": {"kit", "colors"}, "kit": {"engine"}, "colors": set(), "engine": set()}
