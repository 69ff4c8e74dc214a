"""Thumbnails of every row's output for one picture, for the strips on the cards.

The browser requests them in a pause between edits (editor_routes.py). They are computed on one thread and
cached for all tabs. torch is imported only where it is needed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, Row, Summary, same_network, summarize
from cnnlab.drawing.ink import from_pad
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import LabError
from cnnlab.ground.memory import FEWER, full_memory_named
from cnnlab.language import Words, _, lazy
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.draw.last_drawing import DRAWING, last_drawings
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Refusal
from cnnlab.ui.shared.menus import run_titles

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from cnnlab.reader.loaded_model import LoadedModel

FEWEST_MAPS, MOST_MAPS = 6, 40  # of a row; the browser says how many there is room for
NUMBERS = 200  # shown of a vector
SIDE = 32  # of a map, in pixels; larger ones are averaged down
PICTURES = 200  # the pictures of a data set's test split that can be chosen
MAX_MACS = 300_000_000  # a larger design would keep the one thread busy for too long
MAX_PARAMETERS = 10_000_000
UNTRAINED = "untrained"
_TOO_LARGE = lazy("This network is too large to run after each edit.")
_MOST_OPEN = 20  # blocks whose insides are shown
_CACHE_SIZE = 64  # answers


@dataclass(frozen=True, slots=True)
class ThumbnailQuery:
    """The picture and the weights to use, as a browser sends them."""

    tab: str
    source: str  # a data set's name, or "drawing"
    number: int  # of the picture, from 1
    weights: str  # "untrained", or a run's id
    seen: int = 0  # how many changes of the drawing the strips have shown or skipped
    maps: int = FEWEST_MAPS  # how many of a row there is room for
    inside: tuple[int, ...] = ()  # the rows whose insides are shown as well

    @classmethod
    def read(cls, body: dict[str, Any]) -> ThumbnailQuery:
        """Parse a body; missing or invalid values get defaults."""
        number = body.get("number")
        valid = isinstance(number, int) and 1 <= number <= PICTURES
        texts = (body.get(name) for name in ("tab", "source", "weights"))
        tab, source, weights = (text if isinstance(text, str) else "" for text in texts)
        seen = body.get("seen")
        known = seen if isinstance(seen, int) else 0
        room = body.get("maps")
        maps = min(max(FEWEST_MAPS, room), MOST_MAPS) if isinstance(room, int) else FEWEST_MAPS
        opened = body.get("inside")
        inside = (
            tuple(row for row in opened[:_MOST_OPEN] if isinstance(row, int))
            if isinstance(opened, list)
            else ()
        )
        return cls(tab, source, number if valid and number else 1, weights or UNTRAINED, known, maps, inside)


def thumbnails(design: Design, query: ThumbnailQuery) -> bytes:
    """Packed: rows (values, scales; None without a shape), picture, note, and the available choices."""
    sources = _sources(design)
    runs = _runs(design)
    query = _settled(design, _with_new_drawing(query, design), sources, runs)
    chosen = {name: getattr(query, name) for name in ("source", "number", "weights", "seen")}
    choices = {
        "sources": [(DRAWING, _("My drawing")), *sources.items()],
        "weights": [(UNTRAINED, _("untrained: random filters")), *run_titles(runs.values()).items()],
        "pictures": PICTURES,
    }
    return pack({"chosen": chosen, "choices": choices} | _shown(design, query, runs.get(query.weights)))


def previewed(design: Design, query: ThumbnailQuery) -> tuple[LoadedModel, Tensor]:
    """Return the network of the strips, its rows that have a shape, and their picture (C, H, W) in [0, 1].

    An untrained network has no names of classes. Raises Refusal if there are no strips.
    """
    runs = _runs(design)
    query = _settled(design, query, _sources(design), runs)
    summary = summarize(design)
    image, note = (None, _TOO_LARGE) if _is_too_large(summary) else _image(design, query)
    if image is None:
        raise Refusal(422, note)
    with full_memory_named(FEWER):
        return _network(design, summary, runs.get(query.weights)), image


def _settled(
    design: Design, query: ThumbnailQuery, sources: dict[str, str], runs: dict[str, Run]
) -> ThumbnailQuery:
    """The query with the first of the choices for what cannot be chosen."""
    return replace(
        query,
        source=query.source if query.source in (*sources, DRAWING) else _first_source(design, query, sources),
        weights=query.weights if query.weights in runs else UNTRAINED,
    )


def _with_new_drawing(query: ThumbnailQuery, design: Design) -> ThumbnailQuery:
    """The query with the drawing as its source if it is new and the design reads grayscale pictures."""
    sheet = last_drawings.sheet(query.tab)
    if design.input_shape[0] != 1 or sheet.changes <= query.seen:
        return query
    return replace(query, source=DRAWING if sheet.drawing else query.source, seen=sheet.changes)


def _first_source(design: Design, query: ThumbnailQuery, sources: dict[str, str]) -> str:
    """The drawing, also one of an earlier visit, if there is one and the design reads grayscale pictures."""
    drawn = design.input_shape[0] == 1 and last_drawings.of(query.tab) is not None
    return DRAWING if drawn else next(iter(sources))


def _sources(design: Design) -> dict[str, str]:
    """Data sets on this machine with pictures of the design's shape; else the digits, resized."""
    catalogue = lab().catalogue
    found = [info for info in catalogue.of_shape(design.input_shape) if catalogue.available(info.name)]
    return {info.name: str(info.title) for info in found or [catalogue.describe("digits")]}


def _runs(design: Design) -> dict[str, Run]:
    """Runs of exactly this network that have weights, the newest first."""
    saved = lab().store.runs_with_weights()
    fitting = [run for run in lab().runs() if run.id in saved and same_network(run.design, design)]
    return {run.id: run for run in fitting[:20]}


_answers: LruCache[Any, dict[str, Any]] = LruCache(_CACHE_SIZE)


def _shown(design: Design, query: ThumbnailQuery, run: Run | None) -> dict[str, Any]:
    summary = summarize(design)
    if _is_too_large(summary):
        return _without_maps(summary, _TOO_LARGE)
    image, note = _image(design, query)
    if image is None:
        return _without_maps(summary, note)
    weights = lab().store.checkpoints(run.id)[-1].sha256 if run else UNTRAINED
    key = (design.input_shape, design.layers, _hash(image.numpy()), weights, query.maps, query.inside)
    answer = _answers.get(key)
    if answer is None:
        try:
            with full_memory_named(FEWER):
                answer = _computed(summary, image, _network(design, summary, run), query)
        except LabError as error:
            return _without_maps(summary, str(error))
        _answers.put(key, answer)
    return answer | {"note": str(note)}


def _is_too_large(summary: Summary) -> bool:
    return summary.macs > MAX_MACS or summary.parameters > MAX_PARAMETERS


def _without_maps(summary: Summary, note: Words) -> dict[str, Any]:
    return {"rows": [None] * len(summary.rows), "picture": None, "note": str(note)}


def _hash(pixels: np.ndarray) -> bytes:
    return hashlib.sha256(pixels.tobytes()).digest()


def _image(design: Design, query: ThumbnailQuery) -> tuple[Tensor | None, Words]:
    """The picture in the design's shape, (C, H, W) in [0, 1]; None and the reason if there is none."""
    import torch

    from cnnlab.models.predict import fit_input

    if query.source == DRAWING:
        drawing = last_drawings.of(query.tab)
        normalized = from_pad(drawing.ink, strokes=drawing.strokes) if drawing else None
        if normalized is None:
            return None, _("Nothing is drawn yet: draw a digit on the Draw page.")
        return fit_input(torch.from_numpy(normalized.image), design.input_shape)
    pictures = _test_pictures(query.source)
    image = pictures[min(query.number, len(pictures)) - 1].float() / 255
    if tuple(image.shape) == design.input_shape:
        return image, ""
    return fit_input(image, design.input_shape)


@lru_cache(maxsize=4)
def _test_pictures(name: str) -> Tensor:
    """The first pictures of the test split, which no run has learned from."""
    return lab().catalogue.load_test(name).images[:PICTURES].clone()


def _computed(summary: Summary, image: Tensor, network: LoadedModel, query: ThumbnailQuery) -> dict[str, Any]:
    from cnnlab.interpret.activations import feature_maps, feature_maps_at

    model = network.model
    shown = _strips(feature_maps(model, image), query.maps)
    rows: list[dict[str, Any] | None] = [*shown, *[None] * (len(summary.rows) - len(shown))]
    for index, row in enumerate(rows):
        parts = _addresses_inside(summary.rows[index]) if row and index in query.inside else []
        if row and parts:
            found = feature_maps_at(model, image, parts)
            row["inside"] = _strips([found[part] for part in parts], query.maps)
    return {"rows": rows, "picture": (image * 255).byte().numpy()}


def _addresses_inside(row: Row) -> list[LayerAddress]:
    """The layers inside a block, branch by branch."""
    return [
        LayerAddress(row.index, branch, layer)
        for branch, each in enumerate(row.layer.branches(row.input_shape or ()))
        for layer in range(len(each.layers))
    ]


def _strips(maps: list[Tensor], most: int) -> list[dict[str, Any]]:
    """Outputs for the browser, each on its own scale."""
    from cnnlab.interpret.activations import scales, tiles

    strips = []
    for values, scale in zip(maps, scales(maps, "layer"), strict=True):
        made = tiles(values, scale, limit=NUMBERS if values.ndim == 1 else most, side=SIDE)
        strips.append(
            {
                "values": made.values,
                "vector": values.ndim == 1,
                "scale": float(scale[0]),
                "total": made.total,
                "whole": list(values.shape),
            }
        )
    return strips


_untrained: LruCache[Any, LoadedModel] = LruCache(2)  # the same one for the strips and for all traces of them


def _network(design: Design, summary: Summary, run: Run | None) -> LoadedModel:
    """The run's network, or a new one (seed 0) with all rows that have a shape."""
    if run is not None:
        return get_model(run.id, "last")
    from cnnlab.models.build import build_rows
    from cnnlab.reader.loaded_model import LoadedModel

    rows = [row for row in summary.rows if row.input_shape and row.output_shape]
    working = design.with_layers(tuple(row.layer for row in rows))
    key = working.input_shape, working.layers
    known = _untrained.get(key)
    if known is None:
        model = build_rows(rows).eval().requires_grad_(False)
        known = LoadedModel(working, model, (), working.name, None)
        _untrained.put(key, known)
    return known
