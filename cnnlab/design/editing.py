"""Editing a design: small edits, each a pure function of the stack, and a history to undo and redo them.

A row is addressed by an id that it keeps while it moves, so that an edit made before the last one was
confirmed still finds its row. Ids exist only in a history; everywhere else a row is addressed by its index.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cnnlab.design.design import Design, Problem, adapt, apply_repair, summarize
from cnnlab.design.doctor import advise
from cnnlab.design.forms import ENDS_FORM, FormField, Value, layer_form
from cnnlab.design.strict_json import design_error
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy, lazy_listed
from cnnlab.layers import KINDS, Layer, Repair, Residual, Shape

MAX_STEPS = 200  # of undo
MAX_TYPED = 200  # characters of a value that a person types


@dataclass(frozen=True, slots=True)
class Stack:
    """A design with an id for each of its rows."""

    design: Design
    ids: tuple[int, ...]

    def row(self, row_id: int) -> int:
        """The index of the row with this id; raises DesignError if it no longer exists."""
        if row_id not in self.ids:
            raise DesignError(lazy("This layer is no longer in the stack."))
        return self.ids.index(row_id)

    def splice(self, row: int, deleted: int, layers: tuple[Layer, ...], ids: tuple[int, ...]) -> Stack:
        """The stack with some of its rows, from `row` on, replaced by others."""
        old = self.design.layers
        return Stack(
            self.design.with_layers((*old[:row], *layers, *old[row + deleted :])),
            (*self.ids[:row], *ids, *self.ids[row + deleted :]),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A stack after an edit: what the edit was (for the undo button), its announcement, the row to focus."""

    stack: Stack
    what: Words
    announcement: Words  # for screen readers
    focus: int | None = None  # the id of the row that the edit leads to
    burst: tuple[object, ...] | None = None  # edits of one burst are one step: a number being typed


class Edit(BaseModel):
    """Something that a person does to the stack. Each subclass is one kind of edit."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    do: str

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        """The stack after the edit; raises DesignError if it cannot be done."""
        raise NotImplementedError  # pragma: no cover - every edit overrides it


class Add(Edit):
    """Add a layer with its default values after a row, or (None) before the first."""

    do: Literal["add"] = "add"
    kind: str = Field(max_length=MAX_TYPED)
    after: int | None

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        if self.kind not in KINDS:
            raise DesignError(
                lazy("there is no layer kind {kind}", kind=repr(self.kind)), allowed=lazy_listed(KINDS)
            )
        row = 0 if self.after is None else stack.row(self.after) + 1
        layer = KINDS[self.kind].model_validate({"kind": self.kind})
        new = next(new_ids)
        added = stack.splice(row, 0, (layer,), (new,))
        announcement = lazy("{layer} added as row {number}.", layer=layer.title, number=row + 1)
        return Change(added, lazy("add {layer}", layer=layer.title), announcement, new)


class Move(Edit):
    """Move a row up (negative) or down by some positions, at most to the end of the stack."""

    do: Literal["move"] = "move"
    id: int
    by: int

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        row = stack.row(self.id)
        last = len(stack.ids) - 1
        target = min(max(row + self.by, 0), last)
        layer = stack.design.layers[row]
        if target == row:
            first = lazy("{layer} is already the first row.", layer=layer.title)
            end = lazy("{layer} is already the last row.", layer=layer.title) if row else first
            return Change(stack, "", end, self.id)
        moved = stack.splice(row, 1, (), ()).splice(target, 0, (layer,), (self.id,))
        announcement = lazy(
            "{layer} moved to row {number} of {count}.", layer=layer.title, number=target + 1, count=last + 1
        )
        return Change(moved, lazy("move {layer}", layer=layer.title), announcement, self.id)


class Duplicate(Edit):
    """Insert a copy of a row below it."""

    do: Literal["duplicate"] = "duplicate"
    id: int

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        row = stack.row(self.id)
        layer = stack.design.layers[row]
        new = next(new_ids)
        doubled = stack.splice(row + 1, 0, (layer,), (new,))
        announcement = lazy("{layer} duplicated as row {number}.", layer=layer.title, number=row + 2)
        return Change(doubled, lazy("duplicate {layer}", layer=layer.title), announcement, new)


class Delete(Edit):
    """Delete a row; the focus moves to the one before it, or to the next if it was the first."""

    do: Literal["delete"] = "delete"
    id: int

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        row = stack.row(self.id)
        layer = stack.design.layers[row]
        left = stack.splice(row, 1, (), ())
        focus = left.ids[max(row - 1, 0)] if left.ids else None
        what = lazy("delete {layer}", layer=layer.title)
        said = lazy("{layer} deleted. Undo brings it back.", layer=layer.title)
        return Change(left, what, said, focus)


class SetField(Edit):
    """Give a field of a layer another value."""

    do: Literal["set"] = "set"
    id: int
    field: str = Field(max_length=MAX_TYPED)
    value: int | float | bool | Annotated[str, Field(max_length=MAX_TYPED)]
    burst: int

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        row = stack.row(self.id)
        layer = stack.design.layers[row]
        field = _named(layer_form(type(layer)), self.field)
        edited = with_value(layer, field, self.value)
        changed = stack.splice(row, 1, (edited,), (self.id,))
        text = value_text(self.value)
        what = lazy("set {field} of {layer} to {value}", field=field.title, layer=layer.title, value=text)
        return Change(changed, what, _now(field, text), None, (self.id, self.field, self.burst))


class SetEnd(Edit):
    """Change the size of the input picture or the number of classes."""

    do: Literal["ends"] = "ends"
    field: str = Field(max_length=MAX_TYPED)
    value: int | float | bool | Annotated[str, Field(max_length=MAX_TYPED)]
    burst: int

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        field = _named(ENDS_FORM, self.field)
        old = ends(stack.design)
        new = {**old, field.name: self.value}
        shape = (new["channels"], new["height"], new["width"])
        try:
            checked = Design.model_validate({"input_shape": shape, "classes": new["classes"]}, strict=True)
        except ValidationError:
            raise _out_of_range(field, self.value, old[field.name]) from None
        update = {"input_shape": checked.input_shape, "classes": checked.classes}
        changed = Stack(stack.design.model_copy(update=update), stack.ids)
        what = lazy("set {field} to {value}", field=field.title, value=self.value)
        return Change(changed, what, _now(field, str(self.value)), None, (field.name, self.burst))


def _now(field: FormField, value: Words) -> Words:
    return lazy("{field}: {value}.", field=field.title, value=value)


class Inside(Edit):
    """Edit the layers inside a residual block, where a layer's id is its index."""

    do: Literal["inside"] = "inside"
    id: int
    edit: Annotated[Add | Move | Duplicate | Delete | SetField, Field(discriminator="do")]

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        row = stack.row(self.id)
        block = stack.design.layers[row]
        if not isinstance(block, Residual):
            raise DesignError(lazy("{layer} has no layers inside that could be changed.", layer=block.title))
        inner = Stack(Design(layers=block.layers), tuple(range(len(block.layers))))
        change = self.edit.change(inner, count(len(block.layers)))
        changed = _with_inside(block, change.stack.design.layers)
        what = change.what and lazy("{what} inside {block}", what=change.what, block=block.title)
        announcement = lazy("Inside {block}: {said}", block=block.title, said=change.announcement)
        burst = change.burst and (self.id, *change.burst)
        after = stack.splice(row, 1, (changed,), (self.id,))
        return Change(after, what, announcement, self.id, burst)


def _with_inside(block: Residual, layers: tuple[Layer, ...]) -> Residual:
    """The block with other layers inside; raises DesignError if it cannot contain them."""
    if not layers:
        raise DesignError(
            lazy("{block} needs at least one layer: delete the whole block instead.", block=block.title)
        )
    if any(isinstance(layer, Residual) for layer in layers):
        raise DesignError(lazy("A residual block cannot contain another residual block."))
    return block.model_copy(update={"layers": layers})


class ApplyRepair(Edit):
    """Apply one of the repairs that a problem or a warning offers, by its code."""

    do: Literal["repair"] = "repair"
    id: int | None  # None: the problem of the whole stack
    repair: str = Field(max_length=MAX_TYPED)

    def change(self, stack: Stack, new_ids: Iterator[int]) -> Change:
        problem, repair = self._find(stack)
        repaired = apply_repair(stack.design, problem, repair)
        found = problem.row_of(repair)
        row = len(stack.ids) if found is None else found
        ids = self._ids(stack, row, repair, new_ids)
        after = Stack(repaired, (*stack.ids[:row], *ids, *stack.ids[row + 1 :]))
        focus = after.ids[min(row, len(after.ids) - 1)] if after.ids else None
        return Change(after, repair.label, lazy("Repaired: {repair}.", repair=repair.label), focus)

    def _find(self, stack: Stack) -> tuple[Problem, Repair]:
        row = None if self.id is None else stack.row(self.id)
        summary = summarize(stack.design)
        for problem in (*summary.problems, *advise(stack.design, summary)):
            for repair in problem.repairs:
                if problem.row == row and repair.code == self.repair:
                    return problem, repair
        raise DesignError(lazy("This repair is no longer needed."))

    def _ids(self, stack: Stack, row: int, repair: Repair, new_ids: Iterator[int]) -> tuple[int, ...]:
        """A layer that keeps its kind keeps its id, so that its card and the focus stay where they are."""
        kind = None if row == len(stack.ids) else stack.design.layers[row].kind
        same = [index for index, layer in enumerate(repair.replacement) if layer.kind == kind][:1]
        return tuple(
            stack.ids[row] if index in same else next(new_ids) for index in range(len(repair.replacement))
        )


class Undo(Edit):
    """Go back one step."""

    do: Literal["undo"] = "undo"


class Redo(Edit):
    """Redo the step that was last undone."""

    do: Literal["redo"] = "redo"


AnyEdit = Annotated[
    Add | Move | Duplicate | Delete | SetField | SetEnd | Inside | ApplyRepair | Undo | Redo,
    Field(discriminator="do"),
]
_EDITS: TypeAdapter[Edit] = TypeAdapter(AnyEdit)


def read_edit(message: Any) -> Edit:
    """Parse an edit from a browser; raises DesignError for anything else."""
    try:
        return _EDITS.validate_python(message)
    except ValidationError as error:
        raise design_error(error) from None


def with_value(layer: Layer, field: FormField, value: Value) -> Layer:
    """The layer with another value in a field; raises a DesignError that says what is allowed."""
    try:
        return type(layer).model_validate({**dict(layer), field.name: value})
    except ValidationError as error:
        if error.errors()[0]["type"] == "value_error":  # two fields are incompatible
            problem = design_error(error).problem
            raise DesignError(lazy("{field}: {problem}.", field=field.title, problem=problem)) from None
        raise _out_of_range(field, value, getattr(layer, field.name)) from None


def value_text(value: Value) -> Words:
    """A value as a person would say it."""
    if isinstance(value, bool):
        return lazy("on") if value else lazy("off")
    return f"{value:,}" if isinstance(value, int) else str(value)


def ends(design: Design) -> dict[str, int]:
    """The values of ENDS_FORM."""
    channels, height, width = design.input_shape
    return {"channels": channels, "height": height, "width": width, "classes": design.classes}


def _named(form: tuple[FormField, ...], name: str) -> FormField:
    for field in form:
        if field.name == name:
            return field
    raise DesignError(
        lazy("there is no field {name}", name=repr(name)), allowed=lazy_listed(field.name for field in form)
    )


def _out_of_range(field: FormField, value: Value, current: Value) -> DesignError:
    typed = value_text(value)
    if isinstance(typed, str):
        text = typed.strip()
        typed = f"{text[:40]}…" if len(text) > 40 else text or lazy("nothing")
    return DesignError(
        lazy(
            "{field} must be {allowed}, but {typed} was typed. It stays {value}.",
            field=field.title,
            allowed=field.allowed,
            typed=typed,
            value=value_text(current),
        )
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A state of the stack, what led to it and where, and whether the next edit of the burst replaces it."""

    stack: Stack
    what: Words
    burst: tuple[object, ...] | None = None
    focus: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The states of the stack, including the current one."""

    steps: tuple[Step, ...]
    at: int
    next_id: int  # ids are never reused, not even those of rows that an undo removed

    @property
    def stack(self) -> Stack:
        """The current state."""
        return self.steps[self.at].stack

    @property
    def design(self) -> Design:
        """The current design."""
        return self.stack.design

    @property
    def undoes(self) -> Words:
        """The name of the step that an undo would revert; empty if there is none."""
        return self.steps[self.at].what if self.at else ""

    @property
    def redoes(self) -> Words:
        """The name of the step that a redo would restore; empty if there is none."""
        return self.steps[self.at + 1].what if self.at + 1 < len(self.steps) else ""


def begin(design: Design) -> History:
    """A history with nothing but this design."""
    rows = len(design.layers)
    return History((Step(Stack(design, tuple(range(rows))), ""),), 0, rows)


def edit(history: History, wanted: Edit) -> tuple[History, Change]:
    """The history after an edit; raises DesignError, and changes nothing, if it cannot be done."""
    if isinstance(wanted, Undo):
        return _undo_or_redo(history, -1)
    if isinstance(wanted, Redo):
        return _undo_or_redo(history, 1)
    new_ids = count(history.next_id)
    change = wanted.change(history.stack, new_ids)
    return replace(_with_step(history, change), next_id=next(new_ids)), change


def replace_design(history: History, design: Design, what: Words) -> History:
    """The history with another design as its last step: opening a file can be undone like any edit."""
    if design == history.design:
        return history
    old = history.stack
    new_ids = count(history.next_id)
    same_layers = design.layers == old.design.layers
    ids = old.ids if same_layers else tuple(next(new_ids) for _ in design.layers)
    change = Change(Stack(design, ids), what, "")
    return replace(_with_step(history, change), next_id=next(new_ids))


def fitted(design: Design, input_shape: Shape, classes: int) -> tuple[Design, tuple[Words, ...]]:
    """The design adapted to a data set, with a note on each change.

    If the layers cannot be adapted, only input and classes change, and the summary says what is wrong.
    """
    try:
        return adapt(design, input_shape, classes)
    except DesignError:
        update = {"input_shape": input_shape, "classes": classes}
        return design.model_copy(update=update), ()


def _with_step(history: History, change: Change) -> History:
    """The history with a change as its last step; one without effect adds no step."""
    if change.stack == history.stack:
        return history
    last = history.steps[history.at]
    keep = history.at if change.burst and change.burst == last.burst else history.at + 1
    steps = (*history.steps[:keep], Step(change.stack, change.what, change.burst, change.focus))[-MAX_STEPS:]
    return replace(history, steps=steps, at=len(steps) - 1)


def _undo_or_redo(history: History, by: int) -> tuple[History, Change]:
    """Go back (-1) or forward (1); an undo ends a burst."""
    what = history.undoes if by < 0 else history.redoes
    if not what:
        nothing = lazy("There is nothing to undo.") if by < 0 else lazy("There is nothing to redo.")
        return history, Change(history.stack, "", nothing)
    gone = replace(history, at=history.at + by)
    announcement = lazy("Undone: {what}.", what=what) if by < 0 else lazy("Redone: {what}.", what=what)
    step = history.steps[max(history.at, gone.at)]
    return gone, Change(gone.stack, "", announcement, _concerned(history.stack, gone.stack, step.focus))


def _concerned(before: Stack, after: Stack, edited: int | None) -> int | None:
    """The row that an undo or redo leads to: a new, changed or moved one, or the one before a deleted row."""
    old = dict(zip(before.ids, before.design.layers, strict=True))
    new = dict(zip(after.ids, after.design.layers, strict=True))
    for row_id, layer in new.items():
        if old.get(row_id) != layer:
            return row_id
    deleted = next((row for row, row_id in enumerate(before.ids) if row_id not in new), None)
    if deleted is not None:
        return after.ids[max(deleted - 1, 0)] if after.ids else None
    return edited if before.ids != after.ids else None  # only the edit knows which of two neighbors moved
