"""The runs in the order of their families: forks below what they were forked from, racers together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnlab.runs.records import Run


@dataclass(frozen=True, slots=True)
class Branch:
    """A row of the list: a run, how deep below its ancestors, and the race that begins above it."""

    run: Run
    depth: int
    race: int = 0  # how many race together, where this is the first of them


def family_tree(runs: list[Run]) -> list[Branch]:
    """Forks below what they were forked from, racers in the order of their start; the newest family first."""
    known = {run.id for run in runs}
    children: dict[str, list[Run]] = {}
    for run in reversed(runs):
        children.setdefault(_above(run, known), []).append(run)
    newest = {run.id: place for place, run in enumerate(runs)}

    def place(run: Run) -> int:
        return min([newest[run.id], *(place(child) for child in children.get(run.id, []))])

    def grown(run: Run, depth: int) -> list[Branch]:
        below = [branch for child in children.get(run.id, []) for branch in grown(child, depth + 1)]
        return [Branch(run, depth), *below]

    families: dict[str, list[Run]] = {}
    for root in children.get("", []):
        families.setdefault(root.race or root.id, []).append(root)
    rows = []
    for family in sorted(families.values(), key=lambda members: min(map(place, members))):
        raced = len(family) if family[0].race else 0
        branches = [branch for root in family for branch in grown(root, 1 if raced else 0)]
        rows += [replace(branches[0], race=raced), *branches[1:]]
    return rows


def _above(run: Run, known: set[str]) -> str:
    """The run that it stands below; empty at the root, also where its parent was deleted."""
    return run.parent if run.parent is not None and run.parent in known else ""
