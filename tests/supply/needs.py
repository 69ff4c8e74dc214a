"""What a requirements file needs, directly and through other packages, on any platform the lab runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement

from tests.supply.lock import canonical

_SYSTEMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
_MACHINES = ("x86_64", "aarch64", "arm64", "AMD64")
_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_ENVIRONMENTS = [
    {
        "sys_platform": system[0],
        "platform_system": system[1],
        "os_name": system[2],
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    for system, machine, python in product(_SYSTEMS, _MACHINES, _PYTHONS)
]


def direct(file: Path) -> list[Requirement]:
    """Return the requirements that a file states itself, without its constraints."""
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def graph(roots: Iterable[Requirement], stated: Callable[[str], Iterable[str]]) -> dict[str, set[str]]:
    """Return every package that the roots lead to, with those that it needs, by canonical name.

    `stated` returns the requirements in a package's metadata (Requires-Dist).
    """
    needed: dict[str, set[str]] = {}
    seen: set[tuple[str, str]] = set()  # a package and one of its extras, "" for none
    waiting = [(canonical(root.name), extra) for root in roots for extra in ("", *root.extras)]
    while waiting:
        name, extra = place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        own = needed.setdefault(name, set())
        for requirement in map(Requirement, stated(name)):
            if _applies(requirement, extra):
                own.add(canonical(requirement.name))
                waiting += [(canonical(requirement.name), each) for each in ("", *requirement.extras)]
    return needed


def _applies(requirement: Requirement, extra: str) -> bool:
    """Whether the requirement applies in any environment, with this extra."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**each, "extra": extra}) for each in _ENVIRONMENTS)
