"""Of which moment each figure of a network is: it is looked at under way, and measured after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnlab.language import _
from cnnlab.runs.events import Inspection
from cnnlab.runs.records import EpochPoint


def with_newest_matrix(look: Inspection, epochs: Sequence[EpochPoint]) -> tuple[Inspection, str]:
    """An inspection with the matrix of the end of an epoch if no older, and of when that matrix is.

    The one of an epoch is of all validation pictures, as the validation accuracy is.
    """
    last = epochs[-1] if epochs else None
    if last is None or last.confusion is None or last.step < look.step:
        return look, when(look)
    matrix = [list(row) for row in last.confusion]
    return replace(look, confusion=matrix), _("after epoch {epoch}", epoch=last.epoch)


def when(look: Inspection) -> str:
    """After which batch a look was."""
    return _("after batch {batch}, in epoch {epoch}", batch=f"{look.step:,}", epoch=look.epoch)
