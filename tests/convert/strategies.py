"""Hypothesis strategies for designs of every kind, and for broken design files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from cnnlab.design.design import Design, apply_repair, count_layers, summarize
from cnnlab.ground.errors import DesignError
from cnnlab.ground.limits import MAX_LAYERS
from cnnlab.layers import KINDS, Layer, Residual

_RAW = "@raw {}@"
# Values that no field accepts, as text in a file.
RAW_VALUES = (
    '"8"',
    '""',
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "NaN",
    "-Infinity",
    "1e999",
    "-1e-999",
    "1.5",
    "-1",
    "0",
    "65537",
    "1" + "0" * 400,
    "9" * 5_000,
    "-" + "9" * 5_000,
    "0." + "3" * 5_000,
    "[" * 30_000 + "]" * 30_000,
    "[" * 100_000,
    '{"a":' * 9_000 + "1" + "}" * 9_000,
    '"' + "x" * 60_000 + '"',
    '"\\ud800"',
    '"\\u0000"',
    '"<script>alert(1)</script>"',
    '{"kind": "Conv2d"}',
    '[{"kind": "Residual", "layers": [{"kind": "Residual"}]}]',
    "tru",
    "",
)


def _numbers(field: Any) -> st.SearchStrategy[Any]:
    """Values within a field's limits, near the lower one."""
    limits = {type(limit).__name__: limit for limit in field.metadata}
    low = limits["Ge"].ge if "Ge" in limits else 0
    if field.annotation is int:
        return st.integers(low, min(limits["Le"].le, low + 24))
    high = limits["Le"].le if "Le" in limits else 0.99
    return st.floats(float(low), float(high), allow_nan=False)


def _values(name: str, field: Any) -> st.SearchStrategy[Any]:
    if field.annotation is bool:
        return st.booleans()
    if name == "padding":
        return st.one_of(st.integers(0, 3), st.just("same"))
    return _numbers(field)


def _layer(kind: type[Layer], fields: dict[str, Any]) -> Layer:
    """The layer with these fields, or with its defaults if they are incompatible."""
    try:
        return kind(**fields)
    except ValidationError:
        return kind.model_validate({})


def _of_kind(kind: type[Layer]) -> st.SearchStrategy[Layer]:
    if kind is Residual:
        inside = st.lists(plain_layers, min_size=1, max_size=4).map(tuple)
        blocks = st.fixed_dictionaries({"layers": inside}, optional={"projection_norm": st.booleans()})
        return blocks.map(lambda fields: _layer(Residual, fields))
    fields = {
        name: _values(name, field)
        for name, field in kind.model_fields.items()
        if name not in ("kind", "layers")
    }
    return st.fixed_dictionaries({}, optional=fields).map(lambda chosen: _layer(kind, chosen))


plain_layers = st.one_of([_of_kind(kind) for kind in KINDS.values() if kind is not Residual])
any_layers = st.one_of([_of_kind(kind) for kind in KINDS.values()])


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """Any design; most of them cannot be trained."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 40)), draw(st.integers(1, 40)))
    name = draw(st.sampled_from(["net", "a 'b' \"c\" \\", '"""', "网络 🙂", "{x}", "%s", "# x", "</script>"]))
    layers = tuple(draw(st.lists(any_layers, max_size=8)))
    while count_layers(layers) > MAX_LAYERS:
        layers = layers[1:]
    return Design(name=name, input_shape=shape, classes=draw(st.integers(2, 12))).with_layers(layers)


@st.composite
def trainable_designs(draw: st.DrawFn) -> Design:
    """A random design after enough repairs; a plain one if these do not suffice."""
    design = draw(designs())
    for _ in range(40):
        problems = summarize(design).problems
        if not problems:
            return design
        repairs = problems[0].repairs
        design = apply_repair(design, problems[0], repairs[draw(st.integers(0, 5)) % len(repairs)])
    return draw(st.just(Design(input_shape=design.input_shape, classes=2)).map(_plain))


def _plain(design: Design) -> Design:
    return apply_repair(design, problem := summarize(design).problems[0], problem.repairs[0])


@dataclass(frozen=True)
class Broken:
    """A design file with one change, and its location."""

    text: str
    layer: int | None
    field: str


@st.composite
def broken_files(draw: st.DrawFn) -> Broken:
    """A valid file with one value replaced, one key added, removed or duplicated, or its text truncated."""
    body = json.loads(draw(designs()).to_json())
    layer = draw(st.integers(0, len(body["layers"]) - 1)) if body["layers"] and draw(st.booleans()) else None
    owner = body if layer is None else body["layers"][layer]
    field = draw(st.sampled_from(sorted(owner)))
    change = draw(st.sampled_from(("replace", "replace", "replace", "add", "remove", "twice", "cut")))
    raw = draw(st.sampled_from(RAW_VALUES))
    if change == "replace":
        owner[field] = _RAW
    elif change == "add":
        field = draw(st.sampled_from(["extra", "Kind", "__class__", "", "x" * 500, "\u202e", "layers "]))
        owner[field] = _RAW
    elif change == "remove":
        del owner[field]
    text = json.dumps(body)
    if change == "twice":
        text = text.replace(f'"{field}": ', f'"{field}": 1, "{field}": ', 1)
    if change == "cut":
        text = text[: draw(st.integers(0, len(text) - 1))]
    return Broken(text.replace(f'"{_RAW}"', raw), layer if change in ("replace", "add") else None, field)


def refusal(text: str | bytes) -> DesignError | None:
    """The validator's error for a file; None if it is valid."""
    try:
        Design.from_json(text)
    except DesignError as error:
        return error
    return None
