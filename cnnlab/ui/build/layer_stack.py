"""The stack of layer cards: the data about the design in the editor that the browser gets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from cnnlab.charts.colors import css_variables
from cnnlab.convert import link
from cnnlab.design.design import Problem, Row, Summary, summarize
from cnnlab.design.doctor import advise
from cnnlab.design.editing import ends
from cnnlab.design.forms import ENDS_FORM, NO_FIELDS, FormField, layer_form
from cnnlab.ground import limits
from cnnlab.language import Words, _, language, lazy, plural, sentences
from cnnlab.layers import KINDS, Family, Layer, Residual, shape_text
from cnnlab.training.memory import training_memory
from cnnlab.ui.build.editor import Data, Editor
from cnnlab.ui.build.epoch_time import time_data, times
from cnnlab.ui.shared.components import Component, asset
from cnnlab.ui.shared.present import presenting
from cnnlab.ui.shared.trace import TRACE_STYLE

_STYLES = (
    "build/layer_stack/network_view.css",
    "build/layer_stack/operations/operations.css",
    "shared/feature_maps/feature_maps.css",
    "shared/stepper.css",
    "build/layer_stack/alone.css",
    "build/layer_stack/tracing.css",
)
_stack = Component(
    "build/layer_stack",
    style=css_variables() + TRACE_STYLE + "".join(asset(name) for name in _STYLES),
)
BYTES_PER_NUMBER = 4  # float32
_FAMILIES: dict[Family, Words] = {
    "convolution": lazy("convolution"),
    "pooling": lazy("pooling"),
    "dense": lazy("dense"),
    "activation": lazy("activation"),
    "normalization": lazy("normalization"),
    "regularization": lazy("regularization"),
    "block": lazy("block"),
}


def layer_stack(editor: Editor, tab: str, on_around: Callable[[], None], *, key: str = "layer_stack") -> None:
    """Place the stack on the page; `on_around` is called when the page around it needs a redraw."""
    data = editor_data(editor) | {"palette": palette(), "tab": tab, "present": presenting()}
    _stack(key=key, data=data, on_around_change=on_around)


def editor_data(editor: Editor) -> Data:
    """Everything that the cards show, except the palette, which never changes."""
    with editor.lock:
        return _data(editor)


def _data(editor: Editor) -> Data:
    summary = summarize(editor.design)
    ids = editor.history.stack.ids
    invalid_row, reason = editor.invalid_field()
    return {
        "editor": editor.token,
        "version": editor.version,
        "stale": editor.surroundings(summary) != editor.shown_surroundings,
        "done": editor.done,
        "announcement": sentences(filter(None, [str(editor.announcement), _state_text(summary)])),
        "note": str(editor.note),
        "notice": {"text": sentences(map(str, editor.notice)), "lasts": len(editor.notice) > 1},
        "focus": editor.focus,
        "refused": [{**refusal, "text": str(refusal["text"])} for refusal in editor.refused],
        "undo": str(editor.history.undoes),
        "redo": str(editor.history.redoes),
        "ends": {"values": ends(editor.design), "shape": shape_text(editor.design.input_shape)},
        "rows": [_row_data(row, row_id, summary) for row, row_id in zip(summary.rows, ids, strict=True)],
        "problems": [_problem_data(problem, ids) for problem in summary.problems],
        "advice": [_problem_data(advice, ids) for advice in advise(editor.design, summary)],
        "invalidField": {"row": invalid_row, "text": str(reason or "")},
        "totals": totals(summary),
        "memory": _memory_data(editor, summary),
        "time": time_data(times.known(editor.design, editor.data, editor.config)),
        "link": {"name": link.PARAMETER, "value": editor.link()},
    }


def totals(summary: Summary) -> Data:
    """The three totals at the top; for a stack that cannot be trained, those of its valid rows."""
    numbers = {
        "parameters": (summary.parameters, f"{summary.parameters:,}"),
        "macs": (summary.macs, f"{summary.macs:,}"),
        "weights": (summary.parameters, size_text(summary.parameters * BYTES_PER_NUMBER)),
    }
    if summary.ok:
        return {name: text for name, (_number, text) in numbers.items()}
    return {
        name: _("{number} so far", number=text) if number else "—" for name, (number, text) in numbers.items()
    }


def _memory_data(editor: Editor, summary: Summary) -> Data:
    """The memory that training takes at the batch size in the Train page's form."""
    title = _("Training memory, batches of {size}", size=f"{editor.config.batch_size:,}")
    if not summary.ok:
        return {"title": title, "text": "—", "about": _("Known when the network can be trained.")}
    memory = training_memory(editor.design, summary.parameters, editor.config)
    parts = [
        _("weights {size}", size=size_text(memory.weights)) if memory.weights else "",
        _("gradients {size}", size=size_text(memory.gradients)) if memory.gradients else "",
        _("the optimizer's memory {size}", size=size_text(memory.optimizer)) if memory.optimizer else "",
        _("activations {size}", size=size_text(memory.activations)) if memory.activations else "",
    ]
    about = " + ".join(filter(None, parts))
    return {"title": title, "text": size_text(memory.total), "about": about}


def size_text(size: int) -> str:
    """A number of bytes in a suitable unit: 487720 -> '488 kB'."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.{0 if size >= 100 * factor else 1}f} {unit}"
    return plural("{count} byte", "{count} bytes", size)


def _state_text(summary: Summary) -> str:
    """The state of the design, for screen readers after each edit."""
    if summary.ok:
        return _(
            "{parameters} parameters, {macs} multiply-adds.",
            parameters=f"{summary.parameters:,}",
            macs=f"{summary.macs:,}",
        )
    problem = summary.problems[0]
    if problem.row is None:
        return str(problem.text)
    return _("Row {row}: {problem}", row=problem.row + 1, problem=problem.text)


def _row_data(row: Row, row_id: int, summary: Summary) -> Data:
    return {
        "id": row_id,
        "kind": row.layer.kind,
        "values": row.layer.model_dump(exclude=set(NO_FIELDS)),
        "inside": _inside_data(row),
        "shape": shape_text(row.output_shape) if row.output_shape else "",
        "waitsFor": _waits_for(row, summary),
        "formula": row.formula,
        "parameters": f"{row.parameters:,}",
        "share": row.parameters / summary.parameters if summary.ok else 0,
        "macs": f"{row.macs:,}",
        "macsFormula": row.macs_arithmetic,
        "settings": row.layer.settings_text(),
        "seen": str(row.receptive_field or ""),
    }


def _waits_for(row: Row, summary: Summary) -> str:
    """The first row after one that does not work says which row it waits for; empty for all others."""
    broken = row.index - 1
    if row.input_shape is not None or broken < 0 or summary.rows[broken].input_shape is None:
        return ""
    return _("waits for row {row}", row=broken + 1)


def _inside_data(row: Row) -> list[Data]:
    """The layers inside a block, branch by branch; `index` is that of a layer that can be edited."""
    if row.input_shape is None or row.output_shape is None:
        return _inside_without_shapes(row.layer)
    editable = isinstance(row.layer, Residual)
    parts: list[Data] = []
    for number, branch in enumerate(row.layer.branches(row.input_shape)):
        for index, part in enumerate(branch.parts(row.input_shape)):
            parts.append(
                {
                    **_part_data(part.layer, index if editable and number == 0 else None),
                    "branch": str(branch.name),
                    "shape": shape_text(part.output_shape),
                    "parameters": f"{part.parameters:,}" if part.parameters else "",
                    "formula": part.arithmetic,
                    "macs": f"{part.macs:,}" if part.macs else "",
                }
            )
    return parts


def _inside_without_shapes(layer: Layer) -> list[Data]:
    """The layers inside a block that does not work, without shapes, so that they can be fixed."""
    layers = layer.layers if isinstance(layer, Residual) else ()
    blank = {"branch": _("inside"), "shape": "", "parameters": "", "formula": "", "macs": ""}
    return [{**_part_data(each, index), **blank} for index, each in enumerate(layers)]


def _part_data(layer: Layer, index: int | None) -> Data:
    values = layer.model_dump(exclude=set(NO_FIELDS))
    return {"index": index, "kind": layer.kind, "label": layer.settings_text(), "values": values}


def _problem_data(problem: Problem, ids: tuple[int, ...]) -> Data:
    return {
        "id": None if problem.row is None else ids[problem.row],
        "text": str(problem.text),
        "repairs": [{"repair": each.code, "label": str(each.label)} for each in problem.repairs],
        "level": problem.level,
    }


def palette() -> Data:
    """All layer kinds by family, with their forms, and the form of the two ends."""
    return _palette(language())


@cache
def _palette(_language: str) -> Data:
    return {
        "families": {family: str(title) for family, title in _FAMILIES.items()},
        "kinds": {name: _kind_data(name, kind) for name, kind in KINDS.items()},
        "ends": [_field_data(item) for item in ENDS_FORM],
        "limit": limits.MAX_LAYERS,
    }


def _kind_data(name: str, kind: type[Layer]) -> Data:
    return {
        "title": str(kind.title),
        "family": kind.family,
        "summary": str(kind.summary),
        "defaults": kind.model_validate({"kind": name}).model_dump(exclude=set(NO_FIELDS)),
        "hasInside": issubclass(kind, Residual) or kind.branches is not Layer.branches,
        "insideIsEditable": issubclass(kind, Residual),
        "fields": [_field_data(item) for item in layer_form(kind)],
    }


def _field_data(item: FormField) -> Data:
    return {
        "name": item.name,
        "title": str(item.title),
        "type": item.type,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "words": item.words,
    }
