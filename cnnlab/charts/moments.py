"""Of which moment each figure of a network is: it is looked at under way, and measured after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnlab.language import _
from cnnlab.runs.records import EpochPoint


def with_newest_matrix(body: dict[str, Any], epochs: Sequence[EpochPoint]) -> dict[str, Any]:
    """The look at a network (events.Inspection), with the matrix of the end of an epoch if no older.

    That one is of all validation pictures, as the validation accuracy is. "matrix_when" says of when it is.
    """
    last = epochs[-1] if epochs else None
    if last is None or last.confusion is None or last.step < body["step"]:
        return body | {"matrix_when": when(body)}
    return body | {"confusion": last.confusion, "matrix_when": _("after epoch {epoch}", epoch=last.epoch)}


def when(body: dict[str, Any]) -> str:
    """Behind which batch a look was."""
    return _("after batch {batch}, in epoch {epoch}", batch=f"{body['step']:,}", epoch=body["epoch"])
