"""How a network is while it learns (events.Inspection), in words and numbers for the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cnnlab.charts.moments import when
from cnnlab.charts.run_words import percent
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.language import _, plural
from cnnlab.runs.events import Inspection
from cnnlab.training.events import WeightStep

_STANDING, _SLOW, _FAST, _WILD = 1e-6, 1e-4, 1e-2, 1e-1  # update-to-weight ratios; 0.001 is usual
_VANISHED = 1e-3  # of the strongest gradient: rows before it get next to none of it
_DEAD = 0.9  # share of units that answer 0 to everything: next to nothing comes through
_SOLE = 0.99  # of all answers: a network that gives one answer so often knows no other


def panel(look: Inspection, design: Design, classes: Sequence[str], val_images: int = 0) -> dict[str, Any]:
    """Everything that the component shows but pictures and filters.

    `val_images`: how many pictures validation has, of which some were looked at; 0: not known.
    """
    strongest = max((step.gradient_norm for step in look.layers), default=0.0)
    return {
        "where": when(look),
        "classes": list(classes),
        "confusion": look.confusion,
        "confused": confused(look.confusion, classes, val_images),
        "layers": [_layer(step, design, strongest, dead_after(step.address, look)) for step in look.layers],
        "dead": [
            {"name": row_name(units.address, design), "share": units.share, "words": dead_words(units.share)}
            for units in look.dead
        ],
        "samples": [asdict(sample) for sample in look.samples],
    }


def _layer(step: WeightStep, design: Design, strongest: float, dead: float) -> dict[str, Any]:
    return {
        "name": row_name(step.address, design),
        "gradient_norm": step.gradient_norm,
        "update_ratio": step.update_ratio,
        "histogram": asdict(step.histogram),
        "words": step_words(step.gradient_norm, step.update_ratio, strongest, dead),
    }


def dead_after(address: LayerAddress, look: Inspection) -> float:
    """The share of dead units in the ReLUs that a layer's outputs go through; 0 if there are none.

    These are the ReLUs before the next layer with weights; a block has its own inside.
    """
    until = min((step.address for step in look.layers if step.address > address), default=None)
    shares = [
        units.share
        for units in look.dead
        if units.address >= address and (until is None or units.address < until)
    ]
    return max(shares, default=0.0)


def vanishing(steps: Sequence[WeightStep]) -> tuple[WeightStep, WeightStep] | None:
    """The first layer with weights and the one after it with the strongest gradient.

    None unless the first one's gradient norm is less than a thousandth of the other's.
    """
    if len(steps) < 2:
        return None
    first, strongest = steps[0], max(steps[1:], key=lambda step: step.gradient_norm)
    return (first, strongest) if first.gradient_norm < _VANISHED * strongest.gradient_norm else None


def sole_answer(matrix: Sequence[Sequence[int]]) -> int | None:
    """The class that the network answers to next to everything; None where it gives several answers."""
    answers = [sum(column) for column in zip(*matrix, strict=True)]
    total = sum(answers)
    if not total or sum(1 for row in matrix if sum(row)) < 2:
        return None
    most = max(range(len(answers)), key=answers.__getitem__)
    return most if answers[most] >= _SOLE * total else None


def row_name(address: LayerAddress, design: Design) -> str:
    """A row as people know it: its number and what it is."""
    return f"{address.row + 1}. {design.layer_at(address).titled()}"


def step_words(gradient: float, ratio: float, strongest: float, dead: float = 0.0) -> str:
    """What a row's gradient norm, its update-to-weight ratio and the share of dead units behind it mean.

    A step of a thousandth of the weights' size is healthy, if a gradient stands behind it: Adam and its kin
    make steps of the usual size of a gradient that has all but vanished. `strongest`: of all rows.
    """
    if dead >= _DEAD:
        return _("almost all its units are dead")
    if ratio <= _STANDING:
        return _("not moving")
    if not gradient:
        return _("no gradient: it moves by momentum alone")
    if gradient < _VANISHED * strongest:
        return _("gradient all but vanished")
    if ratio < _SLOW:
        return _("learns slowly")
    if ratio <= _FAST:
        return _("healthy")
    return _("large steps") if ratio <= _WILD else _("wild: try a smaller learning rate")


def dead_words(share: float) -> str:
    """What a share of dead units means."""
    if share == 0:
        return _("none dead")
    if share < 0.4:
        return _("usual")
    if share < 0.6:
        return _("about half never fire")
    return _("most never fire") if share < 0.9 else _("almost all dead")


def confused(matrix: Sequence[Sequence[int]], classes: Sequence[str], of: int = 0) -> str:
    """The confusion matrix in one sentence: how many are right, and what is mistaken for what most often.

    `of`: how many validation pictures there are, where only some were looked at (0: not known).
    """
    total = sum(map(sum, matrix))
    if not total:
        return _("No picture was checked.")
    text = _right_words(sum(row[index] for index, row in enumerate(matrix)), total, of)
    sole = sole_answer(matrix)
    if sole is not None:
        return _("{right}; it answers {answer} to everything.", right=text, answer=classes[sole])
    wrong = [
        (count, classes[i], classes[j])
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if i != j and count
    ]
    if not wrong:
        return _("{sentence}.", sentence=text)
    count, truth, answer = max(wrong, key=lambda each: each[0])
    return plural(
        "{right}; most often it mistakes {truth} for {answer} ({count} time).",
        "{right}; most often it mistakes {truth} for {answer} ({count} times).",
        count,
        right=text,
        truth=truth,
        answer=answer,
    )


def _right_words(right: int, total: int, of: int) -> str:
    """The beginning of a sentence, which says how many are right."""
    figures = {"total": f"{total:,}", "right": f"{right:,}", "percent": percent(right / total)}
    if of > total:
        return _(
            "Of {total} of the {all} validation pictures {right} are right ({percent})",
            **figures,
            all=f"{of:,}",
        )
    return _("Of {total} validation pictures {right} are right ({percent})", **figures)
