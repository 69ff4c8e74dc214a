"""The digits that people drew on the pad and named: a data set of their own hand.

One JSON file a drawing in the home folder, written whole or not at all. A file that is damaged is passed over
and counted. Which split a drawing belongs to is settled when it is kept, so what a network was measured on is
never learned from later. Each person's drawings fill the splits by themselves, so that one's own are enough.
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
REPLAYED = 3_000  # pictures of other people's digits that are mixed with one's own
OWN_SHARE = 0.4  # of what is learned from

_SPLITS = ("test", "val", "train", "train", "train")  # in turn, for each digit from another place on
_EVERYBODY = "everybody"
_PART = re.compile(rf"([0-9a-f]{{12}}|{_EVERYBODY})-([0-9]{{1,20}})")


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Line(_Checked):
    """What a pen or an eraser went over, on a sheet of 280 by 280: x0, y0, x1, y1, ..."""

    tool: Literal["pen", "eraser"]
    width: float = Field(gt=0, le=100)
    points: list[Annotated[float, Field(ge=-10_000, le=10_000)]] = Field(min_length=2, max_length=40_000)


class Cell(_Checked):
    """One of 28×28 cells that was filled."""

    tool: Literal["cell"]
    column: int = Field(ge=0, lt=SIDE)
    line: int = Field(ge=0, lt=SIDE)
    value: int = Field(ge=0, le=255)


class Pasted(_Checked):
    """The ink of a photo, in base64."""

    tool: Literal["photo"]
    ink: str = Field(max_length=30_000)


class OwnDrawing(_Checked):
    """A drawing that was kept, as its file has it."""

    format: Literal[1] = 1
    label: int = Field(ge=0, le=9)
    read_as: int | None = Field(default=None, ge=0, le=9)  # what the network said of it, None: not sure
    picture: str  # the 28×28 that the network saw, base64, 0 paper .. 255 ink
    strokes: list[Annotated[Line | Cell | Pasted, Field(discriminator="tool")]] = Field(max_length=2_000)
    at: float  # seconds since 1970
    author: str = Field(default="", max_length=64)  # an anonymous name that the browser chose
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
        """Whether the network read it as what it was."""
        return self.read_as == self.label


def hand_of(author: str) -> str:
    """A name for one person's hand that everybody may read: it does not tell the author's key."""
    return hashlib.sha256(author.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the drawings: one hand's, or everybody's where it is empty, up to a moment.

    A run has the part that it learns from in the name of its data set, so that whoever resumes, repeats or
    measures it takes the same drawings, whatever has been drawn since.
    """

    hand: str = ""
    until: int = 10**20 - 1  # nanoseconds since 1970, as drawings' names begin

    @classmethod
    def read(cls, text: str) -> Part:
        """The way back of `str`; raises DataError."""
        found = _PART.fullmatch(text)
        if found is None:
            raise DataError(
                lazy("there is no part {part} of the drawings", part=repr(text[:40])), allowed="HAND-UNTIL"
            )
        return cls("" if found[1] == _EVERYBODY else found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.hand or _EVERYBODY}-{self.until}"

    def has(self, name: str, drawing: OwnDrawing) -> bool:
        """Whether a drawing belongs to it."""
        mine = not self.hand or self.hand == hand_of(drawing.author)
        return mine and name.partition("-")[0] <= f"{self.until:020d}"


ALL = Part()


@dataclass(frozen=True, slots=True)
class KeptDrawings:
    """All drawings of a home folder by name, the oldest first, and how many files could not be read."""

    drawings: dict[str, OwnDrawing]
    damaged: int

    def by(self, author: str) -> dict[str, OwnDrawing]:
        """One person's."""
        return {name: drawing for name, drawing in self.drawings.items() if drawing.author == author}

    def of(self, part: Part) -> list[OwnDrawing]:
        """Those of a part."""
        return [drawing for name, drawing in self.drawings.items() if part.has(name, drawing)]

    def part_of(self, author: str) -> Part:
        """What one person has drawn so far."""
        newest = max((name.partition("-")[0] for name in self.by(author)), default="0")
        return Part(hand_of(author), int(newest))


def folder(home: Path) -> Path:
    """Where the drawings are."""
    return home / "drawings"


def count(home: Path) -> int:
    """How many drawings there are; looks only at names."""
    return sum(1 for _ in folder(home).glob("*.json"))


_drawings: LruCache[tuple[str, int, int], OwnDrawing] = LruCache(limits.MAX_DRAWINGS)


def read_all(home: Path) -> KeptDrawings:
    """Every drawing that can be read."""
    drawings, damaged = {}, 0
    for file in sorted(folder(home).glob("*.json")):
        try:
            drawings[file.stem] = _known(file)
        except (OSError, ValueError):
            damaged += 1
    return KeptDrawings(drawings, damaged)


def _known(file: Path) -> OwnDrawing:
    """The drawing of a file, read once for as long as the file stays as it is."""
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
    """Keep a drawing and return its name; raises DataError for what is none, StorageError on a full disk."""
    known = read_all(home).drawings.values()
    _require_room(len(known))
    alike = sum(drawing.label == label and drawing.author == author for drawing in known)
    fields = {
        "label": label,
        "read_as": read_as,
        "picture": base64.b64encode(pixels).decode(),
        "strokes": strokes,
        "at": time.time(),
        "author": author,
        "split": _SPLITS[(alike + label) % len(_SPLITS)],
    }
    try:
        body = OwnDrawing.model_validate(fields).model_dump_json().encode()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = lazy("{field}: {problem}", field=place, problem=first["msg"])
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
    """Remove a drawing and return what `restore` needs; raises DataError where there is none of that name."""
    known = {file.stem: file for file in folder(home).glob("*.json")}
    try:
        body = known[name].read_bytes()
    except (KeyError, OSError):
        raise DataError(lazy("this drawing no longer exists"), where=lazy("drawings")) from None
    known[name].unlink(missing_ok=True)
    return body


def restore(home: Path, name: str, body: bytes) -> None:
    """Put a deleted drawing back; raises DataError where there is no room, StorageError on a full disk."""
    _require_room(count(home))
    _write(folder(home) / f"{name}.json", body)


def in_words(home: Path) -> Words:
    """How many there are, and whose: '21 drawings of 2 people are kept here.'"""
    try:
        changed = folder(home).stat().st_mtime_ns
    except OSError:
        changed = 0
    return _in_words(home, changed)


@lru_cache(maxsize=4)
def _in_words(home: Path, changed: int) -> Words:
    """Said anew only when the folder has changed: it may hold thousands of files."""
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
    """The drawings of a part in their splits; raises DataError where there are too few."""
    return ImageDataset(info.name, info.classes, *_splits(home, part))


def load_mixed(info: DatasetInfo, home: Path, others: ImageDataset, part: Part = ALL) -> ImageDataset:
    """The drawings of a part, repeated, among other people's digits, so that these are not forgotten.

    Only the drawings of the training part are learned from. Validation and test are other people's: how well
    a network reads the drawings that were held out is told apart from them.
    """
    import torch

    own, _, _ = _splits(home, part)
    replayed = _thinned(others.train, REPLAYED)
    times = max(1, round(OWN_SHARE / (1 - OWN_SHARE) * len(replayed.labels) / len(own.labels)))
    train = Split(
        torch.cat([replayed.images, own.images.repeat(times, 1, 1, 1)]),
        torch.cat([replayed.labels, own.labels.repeat(times)]),
    )
    return ImageDataset(
        info.name,
        info.classes,
        train,
        _thinned(others.val, REPLAYED // 6),
        _thinned(others.test, REPLAYED // 3),
    )


def held_out(home: Path, part: Part = ALL) -> Split:
    """The drawings of a part that no network learns from."""
    import torch

    _, val, test = _splits(home, part)
    return Split(torch.cat([val.images, test.images]), torch.cat([val.labels, test.labels]))


def enough(home: Path, part: Part) -> bool:
    """Whether a part makes a data set; of all drawings looks only at names."""
    return (count(home) if part == ALL else len(read_all(home).of(part))) >= MIN_DRAWINGS


def everything(home: Path) -> Part:
    """All drawings that there are so far; looks only at names."""
    begun = (file.stem.partition("-")[0] for file in folder(home).glob("*.json"))
    moments = [int(text) for text in begun if len(text) == 20 and text.isdecimal()]  # as `keep` names them
    return Part(until=max(moments, default=0))


def _splits(home: Path, part: Part) -> tuple[Split, Split, Split]:
    drawings = read_all(home).of(part)
    if len(drawings) < MIN_DRAWINGS:
        raise DataError(
            lazy("{count} drawings by this person are kept", count=len(drawings))
            if part.hand
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


def _thinned(split: Split, most: int) -> Split:
    """At most so many, taken at even distances."""
    import torch

    chosen = torch.linspace(0, len(split.labels) - 1, min(most, len(split.labels))).round().long()
    return Split(split.images[chosen], split.labels[chosen])
