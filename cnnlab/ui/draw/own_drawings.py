"""A person's own drawings: stored with their labels, shown, deleted and restored."""

from __future__ import annotations

from typing import Any

from cnnlab.data import own_drawings
from cnnlab.data.own_drawings import MIN_DRAWINGS, OwnDrawing
from cnnlab.drawing.ink import Drawing, from_pad
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import DataError
from cnnlab.language import lazy
from cnnlab.ui.app.lab import lab

SHOWN = 300  # the newest of a person's drawings
MAX_DELETED = 200  # drawings that can be restored
MAX_DELETED_BYTES = 8 * 2**20  # of all of these
# By author and name.
_deleted: LruCache[tuple[str, str], bytes] = LruCache(MAX_DELETED, weight=len, max_weight=MAX_DELETED_BYTES)


def keep(drawing: Drawing, strokes: list[Any], label: int, read_as: int | None, author: str) -> str:
    """Store a labeled drawing as the network sees it; raises DataError if it is blank."""
    normalized = from_pad(drawing.ink, strokes=drawing.strokes)
    if normalized is None:
        raise DataError(lazy("nothing is drawn on it"), where=lazy("drawing"))
    pixels = (normalized.image[0] * 255).round().astype("uint8").tobytes()
    return own_drawings.keep(
        lab().home, label=label, read_as=read_as, pixels=pixels, strokes=strokes, author=author
    )


def delete(name: str, author: str) -> None:
    """Delete one of a person's drawings; raises DataError if that person has none with this name."""
    if name not in own_drawings.read_all(lab().home).by(author):
        raise DataError(lazy("this drawing no longer exists"), where=lazy("drawings"))
    _deleted.put((author, name), own_drawings.delete(lab().home, name))


def restore(name: str, author: str) -> None:
    """Restore a drawing that this person deleted; raises DataError if that was too long ago."""
    body = _deleted.get((author, name))
    if body is None:
        raise DataError(lazy("this drawing can no longer be restored"), where=lazy("drawings"))
    own_drawings.restore(lab().home, name, body)
    _deleted.drop(lambda known: known == (author, name))


def overview(author: str) -> dict[str, Any]:
    """A person's drawings as the page shows them: how many were read correctly, and the newest ones."""
    import numpy as np

    kept = own_drawings.read_all(lab().home)
    own = kept.by(author)
    shown = list(own.items())[::-1][:SHOWN]
    pixels = b"".join(drawing.pixels for _name, drawing in shown)
    return {
        "right": sum(drawing.right for drawing in own.values()),
        "of": len(own),
        "least": MIN_DRAWINGS,
        "damaged": kept.damaged,
        "drawings": [_shown(name, drawing) for name, drawing in shown],
        "pictures": np.frombuffer(pixels, np.uint8).reshape(-1, own_drawings.SIDE, own_drawings.SIDE),
    }


def _shown(name: str, drawing: OwnDrawing) -> dict[str, Any]:
    return {"name": name, "label": drawing.label, "read_as": drawing.read_as}
