"""The stack of layer cards: what travels between the browser and the design on the bench.

The browser sends every edit with a growing number and repeats it until an answer with that number has
come; here an edit is done once. So none is lost when many come at once, and none is done twice.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from cnnlab import limits
from cnnlab.design import Design, Problem, Row, Summary, summarize
from cnnlab.editing import History, begin, edit, ends, read_edit, replace_design
from cnnlab.errors import DesignError
from cnnlab.figures.colors import css_variables
from cnnlab.forms import ENDS_FORM, FormField, layer_form
from cnnlab.layers import KINDS, Family, Layer, shape_text

ASSETS = Path(__file__).parents[2] / "assets" / "layer_stack"
SCRIPTS = ("helpers", "outbox", "field", "card", "palette", "drag", "stack")  # one module, in this order
BYTES_PER_PARAMETER = 4  # float32
Data = dict[str, Any]


@dataclass
class Desk:
    """One tab's editor: the history of its design, and how far the browser's edits have been done."""

    history: History
    token: str = field(default_factory=lambda: secrets.token_hex(8))  # edits for another desk are ignored
    done: int = 0
    said: str = ""
    note: str = ""  # why the last edit was refused, where no field of a card is to blame
    focus: int | None = None
    saved: Design | None = None  # the design as it was last saved or opened here
    notice: str = ""  # what was done to get this design, in words; the next edit takes it away
    trouble: str = ""  # what went wrong, in words
    refused: deque[Data] = field(default_factory=lambda: deque(maxlen=20))

    @classmethod
    def on(cls, design: Design) -> Desk:
        """A desk with a design on it and nothing to undo."""
        return cls(begin(design))

    @property
    def design(self) -> Design:
        """The design as it stands."""
        return self.history.design

    def put(self, design: Design, what: str) -> None:
        """Another design in place of this one; an undo brings this one back."""
        if design != self.design:
            self.history = replace_design(self.history, design, what)
            self.said = ""

    def take(self, message: Any) -> None:
        """Do the edits of a message that are new; whatever else it may hold is ignored."""
        if not isinstance(message, dict) or message.get("desk") != self.token:
            return
        edits = message.get("edits")
        for numbered in edits if isinstance(edits, list) else []:
            number = numbered.get("n") if isinstance(numbered, dict) else None
            if isinstance(number, int) and number > self.done:
                self.done = number
                self._do({key: value for key, value in numbered.items() if key != "n"})

    def _do(self, wish: Data) -> None:
        try:
            self.history, change = edit(self.history, read_edit(wish))
            self.notice = ""
        except DesignError as error:
            self.said = str(error)
            self.note = "" if "field" in wish else str(error)
            place = {"row": wish.get("id"), "field": wish.get("field", "")}
            self.refused.append({"n": self.done, "text": str(error), **place})
        else:
            self.said, self.focus, self.note = change.said, change.focus, ""


def layer_stack(desk: Desk, on_edits: Callable[[], None], *, key: str = "layer_stack") -> None:
    """The stack on the page; `on_edits` is called when edits have come, and has to `take_edits`."""
    _component()(key=key, data=desk_data(desk), on_edits_change=on_edits)


def take_edits(desk: Desk, *, key: str = "layer_stack") -> None:
    """Do what the browser sent since the last run."""
    desk.take(st.session_state.get(key, {}).get("edits"))


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "layer_stack",
        html=_asset("layer_stack.html"),
        css=css_variables() + _asset("layer_stack.css"),
        js="".join(_asset(f"{part}.js") for part in SCRIPTS),
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def desk_data(desk: Desk) -> Data:
    """Everything that the cards show."""
    summary = summarize(desk.design)
    ids = desk.history.stack.ids
    return {
        "desk": desk.token,
        "done": desk.done,
        "said": " ".join(filter(None, [desk.said, _state_text(summary)])),
        "note": desk.note,
        "focus": desk.focus,
        "refused": list(desk.refused),
        "undo": desk.history.undoes,
        "redo": desk.history.redoes,
        "ends": {"values": ends(desk.design), "shape": shape_text(desk.design.input_shape)},
        "rows": [_row_data(row, row_id, summary) for row, row_id in zip(summary.rows, ids, strict=True)],
        "problems": [_problem_data(problem, ids) for problem in summary.problems],
        "totals": totals(summary),
        "palette": _palette(),
    }


def totals(summary: Summary) -> Data:
    """The three numbers on top."""
    return {
        "parameters": f"{summary.parameters:,}",
        "macs": f"{summary.macs:,}",
        "weights": size_text(summary.parameters * BYTES_PER_PARAMETER),
    }


def size_text(size: int) -> str:
    """Bytes in the unit that a person would choose: 487720 -> '488 kB'."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.{0 if size >= 100 * factor else 1}f} {unit}"
    return f"{size} bytes"


def _state_text(summary: Summary) -> str:
    """What a listener has to know after each edit."""
    if summary.ok:
        return f"{summary.parameters:,} parameters, {summary.macs:,} multiply-adds."
    problem = summary.problems[0]
    where = "" if problem.row is None else f"Row {problem.row + 1}: "
    return f"{where}{problem.text}"


def _row_data(row: Row, row_id: int, summary: Summary) -> Data:
    formula, _, _ = row.arithmetic.rpartition(" = ")
    return {
        "id": row_id,
        "kind": row.layer.kind,
        "values": row.layer.model_dump(exclude={"kind"}),
        "shape": shape_text(row.output_shape) if row.output_shape else "",
        "formula": formula,
        "parameters": f"{row.parameters:,}",
        "share": row.parameters / summary.parameters if summary.parameters else 0,
        "macs": f"{row.macs:,}",
    }


def _problem_data(problem: Problem, ids: tuple[int, ...]) -> Data:
    return {
        "id": None if problem.row is None else ids[problem.row],
        "text": problem.text,
        "repairs": [repair.label for repair in problem.repairs],
    }


@cache
def _palette() -> Data:
    """Every layer kind, by family, with its form; and the form of the two ends."""
    return {
        "families": list(get_args(Family)),
        "kinds": {name: _kind_data(kind) for name, kind in KINDS.items()},
        "ends": [_field_data(item) for item in ENDS_FORM],
        "limit": limits.MAX_LAYERS,
    }


def _kind_data(kind: type[Layer]) -> Data:
    return {
        "title": kind.title,
        "family": kind.family,
        "summary": kind.summary,
        "usual": kind.model_validate({"kind": kind.model_fields["kind"].default}).model_dump(
            exclude={"kind"}
        ),
        "fields": [_field_data(item) for item in layer_form(kind)],
    }


def _field_data(item: FormField) -> Data:
    return {
        "name": item.name,
        "title": item.title,
        "type": item.type,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "words": item.words,
        "allowed": item.allowed,
    }
