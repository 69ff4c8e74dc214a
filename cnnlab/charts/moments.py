"""The moments of measurements: the network is inspected during epochs and measured after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnlab.language import _
from cnnlab.runs.events import Inspection
from cnnlab.runs.records import EpochPoint


def with_newest_matrix(look: Inspection, epochs: Sequence[EpochPoint]) -> tuple[Inspection, str]:
    """The inspection, with the last epoch's confusion matrix unless that is older, and the matrix's moment.

    An epoch's matrix covers all validation pictures, as does the validation accuracy.
    """
    last = epochs[-1] if epochs else None
    if last is None or last.confusion is None or last.step < look.step:
        return look, when(look)
    matrix = [list(row) for row in last.confusion]
    return replace(look, confusion=matrix), _("after epoch {epoch}", epoch=last.epoch)


def when(look: Inspection) -> str:
    """The batch and epoch of an inspection, as text."""
    return _("after batch {batch}, in epoch {epoch}", batch=f"{look.step:,}", epoch=look.epoch)
