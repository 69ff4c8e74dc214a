"""Run every check on a machine with nothing but Python: `python3 tests/run.py`.

Installs what the lab and its tests need (into the active virtual environment, else into .venv), finds or
installs Chromium, then runs ruff, mypy, the import rules, Biome and the tests. The summary is at the end.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
BIOME = [str(Path(sys.executable).with_name("biome")), "ci", "--config-path=.biome.json"]
HAS_BIOME = sys.platform == "linux" and platform.machine() == "x86_64"  # as in requirements.txt

CHECKS = {
    "ruff check": [*PYTHON, "ruff", "check"],
    "ruff format": [*PYTHON, "ruff", "format", "--check"],
    "mypy": [*PYTHON, "mypy"],
    "import rules": [str(Path(sys.executable).with_name("lint-imports"))],
    **({"biome": BIOME} if HAS_BIOME else {}),  # the scripts
}

# Both at once, since each of them often waits. The required coverage is in .coveragerc.
TESTS = [*PYTHON, "pytest", "-ra", "--durations=10"]
SUITES = {
    "browser tests": [*TESTS, "-m", "browser and not network and not perf"],
    "tests": [*TESTS, "-m", "not browser and not network and not perf", "--cov"],
}


def main() -> int:
    """Install, check, summarize; the exit status is 1 if anything failed."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one gets a clear message
        print(f"The lab needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    if sys.prefix == sys.base_prefix:
        return run([str(own_environment()), __file__])
    # pip, and every file that it installs is compared with the lock before anything of it runs.
    if run([*PYTHON, "tests.supply.install", "requirements.txt", "tests/requirements.txt"]):
        return 1
    outcomes = {"browser": timed(provide_browser)}
    for name, command in CHECKS.items():
        print(f"\n== {name}", flush=True)
        outcomes[name] = timed(partial(passes, command))
    return summarize(outcomes | together(SUITES))


def run(command: list[str]) -> int:
    """Run a command in the project's root, with its output; 127 if there is no such program."""
    try:
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    except FileNotFoundError:
        return 127


def passes(command: list[str]) -> bool:
    """Whether the command succeeds."""
    return run(command) == 0


def together(commands: dict[str, list[str]]) -> dict[str, tuple[bool, float]]:
    """Run all commands at once, and print the output of each when it and those before it have ended."""
    outcomes = {}
    with ThreadPoolExecutor() as threads:
        running = {name: threads.submit(timed, partial(output_of, each)) for name, each in commands.items()}
        for name, each in running.items():
            (passed, output), seconds = each.result()
            print(f"\n== {name}", flush=True)
            sys.stdout.buffer.write(output)
            sys.stdout.flush()
            outcomes[name] = passed, seconds
    return outcomes


def output_of(command: list[str]) -> tuple[bool, bytes]:
    """Whether the command succeeds, and what it prints."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0, done.stdout


def timed(check: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result of a check and its duration in seconds."""
    started = time.monotonic()
    return check(), time.monotonic() - started


def own_environment() -> Path:
    """Return the Python of the project's own .venv, which is created if necessary."""
    folder = ROOT / ".venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        if run([sys.executable, "-c", "import ensurepip"]):
            install_package("python3-venv")  # a separate package in Debian
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return python


def provide_browser() -> bool:
    """Provide a working Chromium: an existing one, else Playwright's, else the distribution's."""
    if browser_starts():
        return True
    if run([*PYTHON, "playwright", "install", "chromium"]) == 0:
        if browser_starts():
            return True
        run([*PYTHON, "playwright", "install-deps", "chromium"])
        if browser_starts():
            return True
    install_package("chromium")
    return browser_starts()


def browser_starts() -> bool:
    """Whether the browser tests find a browser; prints which, or why not."""
    return run([*PYTHON, "tests.browser.chromium"]) == 0


def install_package(name: str) -> int:
    """Install a Debian or Ubuntu package, as root or with sudo."""
    if not shutil.which("apt-get"):
        return 127
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    print(f"installing {name} with apt-get", flush=True)
    run([*sudo, "apt-get", "update", "-qq"])
    return run([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", name])


def summarize(outcomes: dict[str, tuple[bool, float]]) -> int:
    """Print one line for each check and the overall result; return the exit status."""
    print("\n== summary")
    for name, (passed, seconds) in outcomes.items():
        print(f"{'passed' if passed else 'FAILED'}  {name:<14} {seconds:6.1f} s")
    failed = [name for name, (passed, _) in outcomes.items() if not passed]
    print(f"FAILED: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
