"""The structure of the project: dependencies, sizes, and what the README promises."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT

ROOMS = sorted(
    f"{path.name}/" if path.is_dir() else path.name
    for path in (ROOT / "cnnlab").iterdir()
    if not path.name.startswith("__")
)
SOURCES = [
    ROOT / "app.py",
    *(path for room in ("cnnlab", "pages") for path in sorted((ROOT / room).rglob("*.py"))),
]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("[!_]*.py"))

SCREENS = sorted(page.stem for page in PAGES)
UI = ROOT / "cnnlab" / "ui"
ROUTE_MODULES = sorted(path for path in UI.rglob("*.py") if path.stem.endswith(("_route", "_routes")))
COMPONENTS = sorted(
    folder
    for folder in (ROOT / "assets").glob("*/*")
    if any(folder.glob("*.*")) and folder.parent.name in (*SCREENS, "shared")
)

SCRIPTS = sorted((ROOT / "assets").rglob("*.js"))
SCRIPT_TESTS = sorted((ROOT / "tests").rglob("*.mjs"))

LONGEST_PAGE = 80
LONGEST_FUNCTION = 60
LONGEST_FILE = 450
LONGEST_LINE = 120  # of JavaScript; ruff checks that of Python
LONG_FUNCTIONS: dict[str, str] = {}  # "file:function" -> why it may be longer


def relative(path: Path) -> str:
    """The path relative to the project, as in the README."""
    return path.relative_to(ROOT).as_posix()


class Outline(NamedTuple):
    """What the tests need of a module's syntax tree."""

    imports: list[ast.Import | ast.ImportFrom]  # anywhere in its code
    functions: list[tuple[str, int]]  # names and numbers of lines


@cache
def outline(file: Path) -> Outline:
    """A module's outline. The tree itself is too large to be kept: garbage collections would walk it."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return Outline(
        [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)],
        [
            (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ],
    )


def readme_block(heading: str) -> str:
    """The only fenced block of a README section."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", readme, re.M | re.S)
    assert section, f"README.md has no section {heading!r}"
    blocks: list[str] = re.findall(r"^```\w*\n(.*?)^```", section[1], re.M | re.S)
    assert len(blocks) == 1, f"README.md, {heading}: one fenced block, not {len(blocks)}"
    return blocks[0].strip()


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_lists_every_room(room: str) -> None:
    """Each room of the package is on the map."""
    assert re.search(rf"(?<![\w/]){re.escape(room)}", readme_block("Map of the house"))


def test_ci_runs_what_the_readme_says() -> None:
    """CI uses the same command as a person."""
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").endswith(f"&& {readme_block('Test')}\n")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_page_is_thin(page: Path) -> None:
    """A page only asks, calls and shows; everything else is in its folder of cnnlab/ui."""
    assert len(page.read_text(encoding="utf-8").splitlines()) <= LONGEST_PAGE


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_has_one_name_everywhere(screen: str) -> None:
    """Its page calls the page.py of its folder; its assets and tests are in folders with that name."""
    imports = outline(ROOT / "pages" / f"{screen}.py").imports
    sources = [node.module for node in imports if isinstance(node, ast.ImportFrom)]
    assert sources == [f"cnnlab.ui.{screen}.page"]
    assert (UI / screen / "page.py").is_file()
    assert (ROOT / "assets" / screen).is_dir()
    assert (ROOT / "tests" / "ui" / screen).is_dir()


@pytest.mark.parametrize("module", ROUTE_MODULES, ids=relative)
def test_a_route_is_registered_and_in_its_screens_folder(module: Path) -> None:
    """Routes are in the folder of their screen, and the server knows them."""
    from cnnlab.ui.app.routes import ROUTES

    assert module.parent.name in SCREENS
    name = ".".join(module.relative_to(ROOT).with_suffix("").parts)
    own = importlib.import_module(name).routes
    assert own
    assert [route for route in own if route not in ROUTES] == []


def test_routes_are_in_modules_named_after_them() -> None:
    """The only other file with routes is the one that serves the components' scripts."""
    answering = {path for path in UI.rglob("*.py") if re.search(r"^routes = ", path.read_text("utf-8"), re.M)}
    assert answering == {*ROUTE_MODULES, UI / "shared" / "scripts.py"}


@pytest.mark.parametrize("folder", COMPONENTS, ids=relative)
def test_a_component_has_its_python_half(folder: Path) -> None:
    """The folder of its scripts and its Python file have the same name."""
    half = UI / folder.parent.name / f"{folder.name}.py"
    assert half.is_file()
    assert f'"{folder.parent.name}/{folder.name}' in half.read_text(encoding="utf-8")


def test_shared_modules_do_not_depend_on_screens() -> None:
    """A screen can be removed without a change in ui/shared."""
    screens = tuple(f"cnnlab.ui.{screen}" for screen in SCREENS)
    known = {
        relative(file): [name for name in modules_imported(file) if name.startswith(screens)]
        for file in (UI / "shared").glob("*.py")
    }
    assert {file: names for file, names in known.items() if names} == {}


@pytest.mark.slow
def test_every_test_file_is_collected() -> None:
    """By default pytest skips folders with certain names, such as `build`."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "", "-p", "no:cacheprovider"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    collected = {line.partition("::")[0] for line in listed.splitlines() if "::" in line}
    there = {file.relative_to(ROOT).as_posix() for file in (ROOT / "tests").rglob("test_*.py")}
    assert there - collected == set()


def test_there_are_no_circular_imports() -> None:
    """Not even inside functions, where Python allows them."""
    graph = {module_name(file): modules_imported(file) for file in (ROOT / "cnnlab").rglob("*.py")}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError that names them


def module_name(file: Path) -> str:
    """The name of a file in import statements."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_imported(file: Path) -> set[str]:
    """The lab's own modules that a file imports, anywhere in its code."""
    found = set()
    for node in outline(file).imports:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cnnlab":
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if is_module(name) else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "cnnlab"}
    return found - {module_name(file)}


def is_module(name: str) -> bool:
    """Whether there is a file or folder with that name."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_scripts_have_no_circular_or_unused_modules() -> None:
    """Every imported module exists, and a component needs every module."""
    from cnnlab.ui.shared.scripts import Scripts

    known = Scripts("en")
    graph = {name: known.imported(name) for name in known.texts}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError that names them
    entries = [f"{folder.parent.name}/{folder.name}/{folder.name}.js" for folder in COMPONENTS]
    needed = {name for entry in entries if entry in graph for name in known.dependencies(entry)}
    assert needed == set(graph)


@pytest.mark.parametrize("file", [*SOURCES, *SCRIPTS], ids=relative)
def test_a_file_is_not_too_long(file: Path) -> None:
    """A file that has more than one subject is split."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("file", [*SCRIPTS, *SCRIPT_TESTS], ids=relative)
def test_a_script_has_no_long_lines(file: Path) -> None:
    """Biome's formatter does not wrap texts and comments."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("file", [*SOURCES, *TESTS], ids=relative)
def test_functions_are_short(file: Path) -> None:
    """A function fits on a screen, or LONG_FUNCTIONS has the reason."""
    long = [f"{relative(file)}:{name}" for name, lines in outline(file).functions if lines > LONGEST_FUNCTION]
    assert [name for name in long if name not in LONG_FUNCTIONS] == []


@pytest.mark.parametrize("file", SOURCES, ids=relative)
def test_only_the_screen_knows_streamlit(file: Path) -> None:
    """Everything below the screens works in a terminal, a worker and a notebook."""
    if "streamlit" in imported(file):
        assert relative(file).startswith(("app.py", "pages/", "cnnlab/ui/"))


def imported(file: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in its code."""
    names = set()
    for node in outline(file).imports:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(
    "module",
    [
        "cnnlab",
        "cnnlab.cli.main",
        "cnnlab.data",
        "cnnlab.design.design",
        "cnnlab.design.presets",
        "cnnlab.runs.store",
        "cnnlab.engine.supervisor",
        "cnnlab.training.config",
    ],
)
def test_light_modules_do_not_load_heavy_packages(module: str) -> None:
    """A summary of a design and the first page do not wait for torch."""
    heavy = ("torch", "torchvision", "streamlit", "sklearn")
    program = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_no_file_mentions_paths_of_one_machine() -> None:
    """Absolute paths of the machine on which a file was written mean nothing elsewhere."""
    one_machine = re.compile("/" + "work/|/" + "root/|/" + "home/[a-z]|/" + "tmp/[a-z]")
    names = (
        ".biome.json",
        "README.md",
        "requirements.txt",
        ".ci/run",
        ".coveragerc",
        ".importlinter",
        ".mypy.ini",
        ".pytest.ini",
    )
    written = [ROOT / name for name in names]
    written += [
        path
        for path in (ROOT / "assets").rglob("*")
        if path.suffix in (".html", ".css", ".js", ".md", ".json")
    ]
    written += SCRIPT_TESTS
    found = [
        relative(file) for file in [*written, *SOURCES, *TESTS] if one_machine.search(file.read_text("utf-8"))
    ]
    assert found == []
