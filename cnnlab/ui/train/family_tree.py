"""The runs ordered by family: forks below the runs they were forked from, racers together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnlab.runs.records import Run


@dataclass(frozen=True, slots=True)
class Branch:
    """A row of the list: a run, its depth below its ancestors, and the size of a race that starts here."""

    run: Run
    depth: int
    race: int = 0  # the number of runs in the race, if this is the first of them


def family_tree(runs: list[Run]) -> list[Branch]:
    """Forks below the runs they were forked from, racers in the order they started; newest family first."""
    known = {run.id for run in runs}
    children: dict[str, list[Run]] = {}
    for run in reversed(runs):
        children.setdefault(_parent_id(run, known), []).append(run)
    position = {run.id: index for index, run in enumerate(runs)}

    def newest(run: Run) -> int:
        return min([position[run.id], *(newest(child) for child in children.get(run.id, []))])

    def subtree(run: Run, depth: int) -> list[Branch]:
        below = [branch for child in children.get(run.id, []) for branch in subtree(child, depth + 1)]
        return [Branch(run, depth), *below]

    families: dict[str, list[Run]] = {}
    for root in children.get("", []):
        families.setdefault(root.race or root.id, []).append(root)
    rows = []
    for family in sorted(families.values(), key=lambda members: min(map(newest, members))):
        race = len(family) if family[0].race else 0
        branches = [branch for root in family for branch in subtree(root, 1 if race else 0)]
        rows += [replace(branches[0], race=race), *branches[1:]]
    return rows


def _parent_id(run: Run, known: set[str]) -> str:
    """The id of the run's parent; empty if it has none or its parent was deleted."""
    return run.parent if run.parent is not None and run.parent in known else ""
