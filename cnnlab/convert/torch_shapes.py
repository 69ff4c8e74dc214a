"""Finding the size of a PyTorch network's pictures: from the text, or by trying until all rows fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnnlab.convert.locations import line_name
from cnnlab.convert.stack import Picture, Stack, as_data, assumed_shape, shape_words
from cnnlab.convert.torch_layers import read_layer
from cnnlab.convert.values import Call, is_whole
from cnnlab.data import DatasetInfo
from cnnlab.language import Words, lazy

_SIDES = (28, 32, 64, 8, 16, 48, 96, 128, 224, 227, 256, 100, 112, 150, 200, 299, 300, 512)
_TENSORS = frozenset(("randn", "rand", "zeros", "ones", "empty", "randint", "random", "normal"))
_SUMMARIES = frozenset(("summary", "torchsummary", "get_model_complexity_info", "profile"))
_FIRST = ("Conv2d", "DepthwiseConv2d", "SeparableConv2d", "Linear", "BatchNorm2d", "Inception")
_SIZES = ("in_channels", "in_features", "num_features", "channels")


@dataclass(frozen=True, slots=True)
class Hint:
    """The shape of an input that the text creates to try the network."""

    shape: Picture
    why: Words


def hint_of(call: Call) -> Hint | None:
    """Return the shape in torch.randn(64, 3, 32, 32) or summary(model, (3, 32, 32)); None for other calls."""
    if call.name in _SUMMARIES:
        sizes = call.argument(1, "input_size", "input_data", "input_res")
    elif call.name in _TENSORS:
        listed = [arg for arg in call.args if isinstance(arg, list | tuple)]
        sizes = call.kwargs.get("size", call.kwargs.get("shape", listed[-1] if listed else call.args))
    else:
        return None
    sizes = sizes[0] if isinstance(sizes, list) and len(sizes) == 1 else sizes
    if not isinstance(sizes, list | tuple) or len(sizes) not in (3, 4):
        return None
    if len(sizes) == 3 and call.name not in _SUMMARIES:
        return None
    shape = _picture(sizes[-3:])
    return None if shape is None else Hint(shape, lazy("as {place} tries it", place=line_name(call.line)))


def _picture(sizes: Any) -> Picture | None:
    whole = [size for size in sizes if is_whole(size) and 0 < size <= 512]
    return (whole[0], whole[1], whole[2]) if len(whole) == 3 and whole[0] <= 4 else None


def fitting_stack(
    steps: list[Any], line: int, names: dict[str, Any], data: DatasetInfo | None, hints: list[Hint]
) -> Stack:
    """Read the rows with the first picture size at which all layers fit; a note says how it was found."""
    stated = _stated_shape(names)
    if stated is not None:
        return _read_stack(steps, line, stated)
    tried: list[Stack] = []
    for shape, why in _candidates(steps, data, hints):
        stack = _read_stack(steps, line, shape)
        if stack.shape is not None and not stack.misfits:
            fits = lazy("the size at which the layers fit")
            return _with_note(
                stack, assumed_shape(stack, why or (fits if stack.counted else lazy("assumed")))
            )
        tried.append(stack)
    best = min(tried, key=lambda stack: (stack.shape is None, len(stack.misfits)))
    best = tried[0] if best.shape is None else best
    if not best.misfits:
        shown = shape_words(best)
        note = lazy("The text gives no input shape: {shape}, assumed. No usual size fits.", shape=shown)
        return _with_note(best, note)
    misfit_line, wanted, actual = best.misfits[0]
    _, height, width = best.input_shape
    note = lazy(
        "The text gives no input shape, and no usual size fits: {place} expects {wanted}, "
        "at {height}×{width} {comes} arrive.",
        place=line_name(misfit_line),
        wanted=f"{wanted:,}",
        height=height,
        width=width,
        comes=f"{actual:,}",
    )
    return _with_note(best, note)


def _with_note(stack: Stack, note: Words) -> Stack:
    stack.notes.append(note)
    return stack


def _read_stack(steps: list[Any], line: int, shape: Picture) -> Stack:
    stack = Stack(shape, line)
    for step in steps:
        read_layer(step, stack)
    return stack


def _stated_shape(names: dict[str, Any]) -> Picture | None:
    """Return INPUT_SHAPE = (1, 28, 28), which exported scripts have."""
    for name in ("INPUT_SHAPE", "input_shape", "input_size"):
        value = names.get(name)
        if isinstance(value, list | tuple) and len(value) == 3 and all(map(is_whole, value)):
            return value[0], value[1], value[2]
    return None


def _candidates(
    steps: list[Any], data: DatasetInfo | None, hints: list[Hint]
) -> Iterator[tuple[Picture, Words]]:
    """Return the shapes to try: the data set's, those that the text tries, then the usual sides."""
    known: list[tuple[Picture, Words]] = []
    if data:
        known.append((data.input_shape, as_data(data.name)))
    known += [(hint.shape, hint.why) for hint in hints[-3:]]
    known += _reshaped(steps)
    first = next((step for step in steps if isinstance(step, Call) and step.name in _FIRST), None)
    size: Any = first.argument(0, *_SIZES) if first is not None else None
    usual: list[Picture] = [(1, 28, 28)]
    if first is not None and is_whole(size):
        sides = (
            sorted(_SIDES, key=lambda side: side != 32) if size == 3 else _SIDES
        )  # CIFAR is the usual color
        of_channels: list[Picture] = [(size, side, side) for side in sides]
        usual = [*_squares(size), *usual] if first.name == "Linear" else of_channels
    return iter([*known, *((shape, "") for shape in usual)])


def _reshaped(steps: list[Any]) -> list[tuple[Picture, Words]]:
    """Return the shape in x.view(-1, 1, 28, 28) before the first layer."""
    first = steps[0] if steps and isinstance(steps[0], Call) else None
    if first is None or first.name not in ("view", "reshape"):
        return []
    shape = _picture(first.args[1:4]) if len(first.args) == 4 else None
    return [] if shape is None else [(shape, lazy("as {place} says", place=line_name(first.line)))]


def _squares(pixels: int) -> list[Picture]:
    """Return the square pictures with this many numbers, gray or in color."""
    found = []
    for channels in (1, 3):
        side = math.isqrt(max(pixels, 0) // channels)
        if side and channels * side * side == pixels:
            found.append((channels, side, side))
    return found
