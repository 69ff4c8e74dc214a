"""The digits that people drew on the pad and labeled: a data set of their own handwriting.

Each drawing is one JSON file in the home folder, written atomically. Damaged files are skipped and counted.
The split of a drawing is fixed when it is kept, so that no network is ever trained on what was held out. Each
person's drawings are divided among the splits separately, so that they are a data set on their own.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cnnlab.data.dataset import DatasetInfo, ImageDataset, Split
from cnnlab.ground import limits
from cnnlab.ground.cache import LruCache
from cnnlab.ground.errors import DataError, StorageError
from cnnlab.ground.files import whole_file
from cnnlab.language import Words, lazy, lazy_plural

if TYPE_CHECKING:
    from torch import Tensor

MIN_DRAWINGS = 20  # drawings that make a data set
SIDE = 28
REPLAYED = 3_000  # pictures of other people's digits that are mixed with a person's own
OWN_SHARE = 0.4  # of the training pictures

_SPLITS = ("test", "val", "train", "train", "train")  # in turn; each digit starts at another position
_EVERYBODY = "everybody"
_PART = re.compile(rf"([0-9a-f]{{12}}|{_EVERYBODY})-([0-9]{{1,20}})")


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Line(_Checked):
    """The path of a pen or an eraser, on a sheet of 280 by 280: x0, y0, x1, y1, ..."""

    tool: Literal["pen", "eraser"]
    width: float = Field(gt=0, le=100)
    points: list[Annotated[float, Field(ge=-10_000, le=10_000)]] = Field(min_length=2, max_length=40_000)


class Cell(_Checked):
    """A filled cell, one of 28×28."""

    tool: Literal["cell"]
    column: int = Field(ge=0, lt=SIDE)
    line: int = Field(ge=0, lt=SIDE)
    value: int = Field(ge=0, le=255)


class Pasted(_Checked):
    """The ink of a photo, in base64."""

    tool: Literal["photo"]
    ink: str = Field(max_length=30_000)


class OwnDrawing(_Checked):
    """A kept drawing, with the fields of its file."""

    format: Literal[1] = 1
    label: int = Field(ge=0, le=9)
    read_as: int | None = Field(default=None, ge=0, le=9)  # the network's answer, None: not sure
    picture: str  # the 28×28 that the network saw, base64, 0 paper .. 255 ink
    strokes: list[Annotated[Line | Cell | Pasted, Field(discriminator="tool")]] = Field(max_length=2_000)
    at: float  # seconds since 1970
    author: str = Field(default="", max_length=64)  # a random key that the browser chose
    split: Literal["train", "val", "test"]

    @field_validator("picture")
    @classmethod
    def _has_all_pixels(cls, picture: str) -> str:
        if len(base64.b64decode(picture, validate=True)) != SIDE * SIDE:
            raise ValueError("a picture has 28×28 pixels")
        return picture

    @property
    def pixels(self) -> bytes:
        """28·28 bytes, row by row."""
        return base64.b64decode(self.picture)

    @property
    def right(self) -> bool:
        """Whether the network read it correctly."""
        return self.read_as == self.label


def author_id(author: str) -> str:
    """Return a public id of an author, which does not reveal the author's key."""
    return hashlib.sha256(author.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Part:
    """A subset of the drawings: those of one author (or all, if empty), up to a point in time.

    A run stores its part in the name of its data set, so that resuming, repeating or evaluating it uses the
    same drawings, whatever has been drawn since.
    """

    author: str = ""  # an author_id
    until: int = 10**20 - 1  # nanoseconds since 1970, as drawings' names begin

    @classmethod
    def read(cls, text: str) -> Part:
        """Parse the result of `str`; raises DataError."""
        found = _PART.fullmatch(text)
        if found is None:
            raise DataError(
                lazy("there is no part {part} of the drawings", part=repr(text[:40])), allowed="HAND-UNTIL"
            )
        return cls("" if found[1] == _EVERYBODY else found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.author or _EVERYBODY}-{self.until}"

    def has(self, name: str, drawing: OwnDrawing) -> bool:
        """Whether a drawing belongs to this part."""
        is_theirs = not self.author or self.author == author_id(drawing.author)
        return is_theirs and name.partition("-")[0] <= f"{self.until:020d}"


ALL = Part()


@dataclass(frozen=True, slots=True)
class KeptDrawings:
    """All drawings of a home folder by name, the oldest first, and how many files could not be read."""

    drawings: dict[str, OwnDrawing]
    damaged: int

    def by(self, author: str) -> dict[str, OwnDrawing]:
        """Return one person's drawings."""
        return {name: drawing for name, drawing in self.drawings.items() if drawing.author == author}

    def of(self, part: Part) -> list[OwnDrawing]:
        """Return the drawings of a part."""
        return [drawing for name, drawing in self.drawings.items() if part.has(name, drawing)]

    def part_of(self, author: str) -> Part:
        """Return the part with everything that one person has drawn so far."""
        newest = max((name.partition("-")[0] for name in self.by(author)), default="0")
        return Part(author_id(author), int(newest))


def folder(home: Path) -> Path:
    """Return the folder of the drawings."""
    return home / "drawings"


def count(home: Path) -> int:
    """Count the drawings, without reading them."""
    return sum(1 for _ in folder(home).glob("*.json"))


_drawings: LruCache[tuple[str, int, int], OwnDrawing] = LruCache(limits.MAX_DRAWINGS)


def read_all(home: Path) -> KeptDrawings:
    """Read every drawing that is not damaged."""
    drawings, damaged = {}, 0
    for file in sorted(folder(home).glob("*.json")):
        try:
            drawings[file.stem] = _cached(file)
        except (OSError, ValueError):
            damaged += 1
    return KeptDrawings(drawings, damaged)


def _cached(file: Path) -> OwnDrawing:
    """Return a file's drawing, which is read again only if the file has changed."""
    status = file.stat()
    key = (str(file), status.st_mtime_ns, status.st_size)
    drawing = _drawings.get(key)
    if drawing is None:
        drawing = _read(file)
        _drawings.put(key, drawing)
    return drawing


def _read(file: Path) -> OwnDrawing:
    with file.open("rb") as opened:
        body = opened.read(limits.MAX_DRAWING_BYTES + 1)
    if len(body) > limits.MAX_DRAWING_BYTES:
        raise ValueError("too large")
    return OwnDrawing.model_validate_json(body)


def keep(
    home: Path,
    *,
    label: int,
    read_as: int | None,
    pixels: bytes,
    strokes: Sequence[object],
    author: str = "",
) -> str:
    """Keep a drawing and return its name; raises DataError if it is invalid, StorageError on a full disk."""
    known = read_all(home).drawings.values()
    _require_room(len(known))
    same_label = sum(drawing.label == label and drawing.author == author for drawing in known)
    fields = {
        "label": label,
        "read_as": read_as,
        "picture": base64.b64encode(pixels).decode(),
        "strokes": strokes,
        "at": time.time(),
        "author": author,
        "split": _SPLITS[(same_label + label) % len(_SPLITS)],
    }
    try:
        body = OwnDrawing.model_validate(fields).model_dump_json().encode()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        problem = lazy("{field}: {problem}", field=field, problem=first["msg"])
        raise DataError(problem, where=lazy("drawing")) from None
    if len(body) > limits.MAX_DRAWING_BYTES:
        raise DataError(
            lazy("it takes {count} bytes", count=f"{len(body):,}"),
            where=lazy("drawing"),
            allowed=lazy("at most {count}", count=f"{limits.MAX_DRAWING_BYTES:,}"),
        )
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    _write(folder(home) / f"{name}.json", body)
    return name


def _require_room(count: int) -> None:
    if count >= limits.MAX_DRAWINGS:
        raise DataError(
            lazy("there are {count} drawings", count=f"{count:,}"),
            allowed=lazy("at most {count}", count=f"{limits.MAX_DRAWINGS:,}"),
            repair=lazy("Delete some"),
        )


def _write(file: Path, body: bytes) -> None:
    try:
        with whole_file(file) as part:
            part.write_bytes(body)
    except OSError as error:
        reason = error.strerror or str(error)
        problem = lazy("the drawing cannot be kept ({reason})", reason=reason)
        raise StorageError(problem, where=str(file.parent)) from None


def delete(home: Path, name: str) -> bytes:
    """Remove a drawing and return what `restore` needs; raises DataError if there is none of that name."""
    known = {file.stem: file for file in folder(home).glob("*.json")}
    try:
        body = known[name].read_bytes()
    except (KeyError, OSError):
        raise DataError(lazy("this drawing no longer exists"), where=lazy("drawings")) from None
    known[name].unlink(missing_ok=True)
    return body


def restore(home: Path, name: str, body: bytes) -> None:
    """Put a deleted drawing back; raises DataError if there are too many, StorageError on a full disk."""
    _require_room(count(home))
    _write(folder(home) / f"{name}.json", body)


def summary(home: Path) -> Words:
    """Say how many drawings of how many people there are: '21 drawings of 2 people are kept here.'"""
    try:
        changed = folder(home).stat().st_mtime_ns
    except OSError:
        changed = 0
    return _summary(home, changed)


@lru_cache(maxsize=4)
def _summary(home: Path, changed: int) -> Words:
    """Compute the summary, only if the folder has changed: it may contain thousands of files."""
    drawings = read_all(home).drawings.values()
    people = len({drawing.author for drawing in drawings})
    if not drawings:
        return lazy("0 drawings are kept here.")
    return lazy_plural(
        "{count} drawing of {people} is kept here.",
        "{count} drawings of {people} are kept here.",
        len(drawings),
        people=lazy_plural("{count} person", "{count} people", people),
    )


# ---- as a data set


def load(info: DatasetInfo, home: Path, part: Part = ALL) -> ImageDataset:
    """Load the drawings of a part in their splits; raises DataError if there are too few."""
    return ImageDataset(info.name, info.classes, *_splits(home, part))


def load_mixed(info: DatasetInfo, home: Path, others: ImageDataset, part: Part = ALL) -> ImageDataset:
    """Load the drawings of a part, repeated and mixed with other people's digits, so that none is forgotten.

    Only the drawings of the training split are used. Validation and test contain other people's digits: how
    well a network reads the drawings that were held out is measured separately.
    """
    import torch

    own, _, _ = _splits(home, part)
    replayed = _subsample(others.train, REPLAYED)
    repeats = max(1, round(OWN_SHARE / (1 - OWN_SHARE) * len(replayed.labels) / len(own.labels)))
    train = Split(
        torch.cat([replayed.images, own.images.repeat(repeats, 1, 1, 1)]),
        torch.cat([replayed.labels, own.labels.repeat(repeats)]),
    )
    return ImageDataset(
        info.name,
        info.classes,
        train,
        _subsample(others.val, REPLAYED // 6),
        _subsample(others.test, REPLAYED // 3),
    )


def held_out(home: Path, part: Part = ALL) -> Split:
    """Return the drawings of a part that no network is trained on."""
    import torch

    _, val, test = _splits(home, part)
    return Split(torch.cat([val.images, test.images]), torch.cat([val.labels, test.labels]))


def enough(home: Path, part: Part) -> bool:
    """Whether a part has enough drawings for a data set; all drawings are counted without reading them."""
    return (count(home) if part == ALL else len(read_all(home).of(part))) >= MIN_DRAWINGS


def snapshot(home: Path) -> Part:
    """Return the part with all present drawings, judging by their names."""
    prefixes = (file.stem.partition("-")[0] for file in folder(home).glob("*.json"))
    times = [int(text) for text in prefixes if len(text) == 20 and text.isdecimal()]  # as `keep` names them
    return Part(until=max(times, default=0))


def _splits(home: Path, part: Part) -> tuple[Split, Split, Split]:
    drawings = read_all(home).of(part)
    if len(drawings) < MIN_DRAWINGS:
        raise DataError(
            lazy("{count} drawings by this person are kept", count=len(drawings))
            if part.author
            else lazy("{count} drawings are kept", count=len(drawings)),
            where=lazy("drawings"),
            allowed=lazy("at least {count}", count=MIN_DRAWINGS),
            repair=lazy("Draw more digits on the Draw page, and say there what each was"),
        )
    train, val, test = (
        [drawing for drawing in drawings if drawing.split == split] for split in ("train", "val", "test")
    )
    if not (train and val and test):
        raise DataError(
            lazy("the drawings left do not fill training, validation and test"),
            where=lazy("drawings"),
            repair=lazy("Draw some of each digit"),
        )
    return _stacked(train), _stacked(val), _stacked(test)


def _stacked(drawings: Sequence[OwnDrawing]) -> Split:
    import torch

    pixels = bytearray(b"".join(drawing.pixels for drawing in drawings))
    images: Tensor = torch.frombuffer(pixels, dtype=torch.uint8).reshape(-1, 1, SIDE, SIDE)
    return Split(images, torch.tensor([drawing.label for drawing in drawings], dtype=torch.int64))


def _subsample(split: Split, limit: int) -> Split:
    """Return at most `limit` pictures, taken at even intervals."""
    import torch

    chosen = torch.linspace(0, len(split.labels) - 1, min(limit, len(split.labels))).round().long()
    return Split(split.images[chosen], split.labels[chosen])
