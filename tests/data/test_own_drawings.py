"""The data set of people's own drawings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cnnlab.data import own_drawings
from cnnlab.ground import limits
from cnnlab.ground.errors import DataError, StorageError
from tests.catalogue import catalogue

STROKE = {"tool": "pen", "width": 20.0, "points": [10.0, 10.0, 20.5, 200.0]}


def keep(home: Path, label: int = 7, **changes: Any) -> str:
    fields: dict[str, Any] = {"label": label, "read_as": 7, "pixels": bytes(784), "strokes": [STROKE]}
    return own_drawings.keep(home, **fields | changes)


def keep_some(home: Path, count: int, author: str = "") -> None:
    """Keep digits in turn, each with its label in the first pixel and the author's length in the third."""
    for number in range(count):
        pixels = bytes([number % 10, number, len(author)]) + bytes(781)
        keep(home, number % 10, pixels=pixels, author=author)


def test_a_kept_drawing_is_read_back_unchanged(tmp_path: Path) -> None:
    """Its pixels, strokes, label, what it was read as, and who drew it."""
    pixels = np.random.default_rng(0).integers(0, 256, 784, np.uint8).tobytes()
    strokes = [
        STROKE,
        {"tool": "cell", "column": 3, "line": 27, "value": 128},
        {"tool": "photo", "ink": "AAAA"},
    ]
    name = keep(tmp_path, 4, read_as=9, pixels=pixels, strokes=strokes, author="a1b2")
    kept = own_drawings.read_all(tmp_path)
    assert list(kept.drawings) == [name]
    drawing = kept.drawings[name]
    assert (drawing.label, drawing.read_as, drawing.author, drawing.right) == (4, 9, "a1b2", False)
    assert drawing.pixels == pixels
    assert [stroke.model_dump() for stroke in drawing.strokes] == strokes
    assert kept.by("a1b2") == kept.drawings
    assert not kept.by("somebody else")


def test_the_oldest_is_first_and_a_deleted_one_is_gone(tmp_path: Path) -> None:
    """Deleting one leaves the others."""
    names = [keep(tmp_path) for _ in range(3)]
    assert list(own_drawings.read_all(tmp_path).drawings) == names
    own_drawings.delete(tmp_path, names[1])
    assert list(own_drawings.read_all(tmp_path).drawings) == [names[0], names[2]]
    with pytest.raises(DataError, match="no longer exists"):
        own_drawings.delete(tmp_path, names[1])


def test_a_deleted_drawing_can_be_put_back(tmp_path: Path) -> None:
    """The same file, byte for byte, under its old name."""
    names = [keep(tmp_path, label) for label in (1, 2, 3)]
    before = {file.name: file.read_bytes() for file in own_drawings.folder(tmp_path).iterdir()}
    own_drawings.restore(tmp_path, names[1], own_drawings.delete(tmp_path, names[1]))
    assert {file.name: file.read_bytes() for file in own_drawings.folder(tmp_path).iterdir()} == before


@pytest.mark.parametrize("name", ["../lab", "/etc/passwd", "", "*"])
def test_only_drawings_can_be_deleted(tmp_path: Path, name: str) -> None:
    """A name is looked up, never turned into a path."""
    keep(tmp_path)
    (tmp_path / "lab.json").write_text("{}")
    with pytest.raises(DataError):
        own_drawings.delete(tmp_path, name)
    assert (tmp_path / "lab.json").exists()
    assert own_drawings.count(tmp_path) == 1


def test_a_damaged_file_is_skipped_and_counted(tmp_path: Path) -> None:
    """Truncated, not JSON, too large, or with invalid fields; the others are still read."""
    whole = keep(tmp_path)
    file = own_drawings.folder(tmp_path) / f"{whole}.json"
    for number, body in enumerate([file.read_bytes()[:100], b"", b"\xff", b'{"format": 1, "label": 12}']):
        (own_drawings.folder(tmp_path) / f"9{number}.json").write_bytes(body)
    (own_drawings.folder(tmp_path) / "8.json").write_bytes(b" " * (limits.MAX_DRAWING_BYTES + 1))
    kept = own_drawings.read_all(tmp_path)
    assert list(kept.drawings) == [whole]
    assert kept.damaged == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"label": 10},
        {"label": -1},
        {"pixels": bytes(783)},
        {"strokes": [{"tool": "pen", "width": 20.0, "points": [float("nan"), 0.0]}]},
        {"strokes": [{"tool": "script", "code": "1"}]},
        {"strokes": [STROKE | {"more": 1}]},
        {"author": "x" * 65},
    ],
)
def test_an_invalid_drawing_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Nothing is written."""
    with pytest.raises(DataError):
        keep(tmp_path, **changes)
    assert not own_drawings.count(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    """It has a message of its own."""
    own_drawings.folder(tmp_path).write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot be kept"):
        keep(tmp_path)


def test_a_kept_drawing_survives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder is synced as well, not only its file."""
    synced: list[Path] = []
    monkeypatch.setattr("cnnlab.ground.files.sync_folder", synced.append)
    keep(tmp_path)
    assert own_drawings.folder(tmp_path) in synced


def test_the_number_of_drawings_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that keeps sending drawings cannot fill the disk."""
    monkeypatch.setattr(limits, "MAX_DRAWINGS", 2)
    keep_some(tmp_path, 2)
    with pytest.raises(DataError, match="at most 2"):
        keep(tmp_path)


def test_fewer_than_twenty_are_not_a_data_set(tmp_path: Path) -> None:
    """The message says how many there are and what to do."""
    keep_some(tmp_path, 19)
    assert not catalogue(tmp_path).available("drawings")
    for name in ("drawings", "drawings-and-digits"):
        with pytest.raises(DataError, match="19 drawings are kept.*at least 20.*Draw more"):
            catalogue(tmp_path).load(name)


def test_twenty_make_a_data_set_of_three_splits(tmp_path: Path) -> None:
    """No picture is in two of them, and each has its own label."""
    keep_some(tmp_path, 20)
    assert catalogue(tmp_path).available("drawings")
    data = catalogue(tmp_path).load("drawings")
    assert data.input_shape == (1, 28, 28)
    assert [len(split.labels) for split in (data.train, data.val, data.test)] == [12, 4, 4]
    images = torch.cat([data.train.images, data.val.images, data.test.images])
    labels = torch.cat([data.train.labels, data.val.labels, data.test.labels])
    assert torch.equal(images[:, 0, 0, 0].long(), labels)
    assert sorted(images[:, 0, 0, 1].tolist()) == list(range(20))


def test_a_drawing_stays_in_its_split(tmp_path: Path) -> None:
    """A drawing that was held out is never used for training, whatever is drawn or deleted later."""
    keep_some(tmp_path, 20)
    before = {name: drawing.split for name, drawing in own_drawings.read_all(tmp_path).drawings.items()}
    held = own_drawings.held_out(tmp_path)
    own_drawings.delete(tmp_path, next(iter(before)))
    keep_some(tmp_path, 30)
    after = own_drawings.read_all(tmp_path).drawings
    assert all(after[name].split == split for name, split in before.items() if name in after)
    assert len(held.labels) == 8


def test_training_mixes_own_drawings_with_other_digits(tmp_path: Path) -> None:
    """Two of five are from the training split of the drawings; validation and test are other people's."""
    keep_some(tmp_path, 20)
    digits, data = catalogue(tmp_path).load("digits"), catalogue(tmp_path).load("drawings-and-digits")
    own = {tuple(image) for image in catalogue(tmp_path).load("drawings").train.images.flatten(1).tolist()}
    held = {tuple(image) for image in own_drawings.held_out(tmp_path).images.flatten(1).tolist()}
    train = [tuple(image) for image in data.train.images.flatten(1).tolist()]
    assert sum(image in own for image in train) / len(train) == pytest.approx(0.4, abs=0.02)
    assert not held & set(train)
    assert torch.equal(data.val.labels, digits.val.labels)
    assert len(data.test.labels) == len(digits.test.labels)


# ---- authors


def test_a_part_has_only_its_authors_drawings(tmp_path: Path) -> None:
    """In all three splits, whoever draws in between; its name does not reveal the author's key."""
    for number in range(20):
        for author in ("me", "a neighbor", "another neighbor"):
            keep(tmp_path, number % 10, pixels=bytes([len(author)]) + bytes(783), author=author)
    part = own_drawings.read_all(tmp_path).part_of("me")
    name = f"drawings@{part}"
    assert "me" not in str(part)
    assert own_drawings.Part.read(str(part)) == part
    data = catalogue(tmp_path).load(name)
    assert [len(split.labels) for split in (data.train, data.val, data.test)] == [12, 4, 4]
    assert {int(split.images[:, 0, 0, 0].unique()) for split in (data.train, data.val, data.test)} == {2}
    assert len(own_drawings.held_out(tmp_path, part).labels) == 8
    mixed = catalogue(tmp_path).load(f"drawings-and-digits@{part}")
    assert mixed.name == f"drawings-and-digits@{part}"
    learned = {image.numpy().tobytes() for image in mixed.train.images}
    assert [bytes([size]) + bytes(783) in learned for size in (2, 11, 17)] == [True, False, False]


def test_a_part_does_not_grow(tmp_path: Path) -> None:
    """A run that is resumed or repeated has the drawings that it started with."""
    keep_some(tmp_path, 20, "me")
    name = f"drawings@{own_drawings.read_all(tmp_path).part_of('me')}"
    before = catalogue(tmp_path).load(name)
    keep_some(tmp_path, 20, "me")
    after = catalogue(tmp_path).load(name)
    assert torch.equal(before.train.images, after.train.images)
    assert torch.equal(before.test.labels, after.test.labels)


def test_nineteen_drawings_by_one_author_are_too_few(tmp_path: Path) -> None:
    """Other people's drawings do not count."""
    keep_some(tmp_path, 40, "a neighbor")
    keep_some(tmp_path, 19, "me")
    name = f"drawings-and-digits@{own_drawings.read_all(tmp_path).part_of('me')}"
    assert not catalogue(tmp_path).available(name)
    with pytest.raises(DataError, match="19 drawings by this person are kept.*at least 20"):
        catalogue(tmp_path).load(name)


@pytest.mark.parametrize("name", ["drawings@", "drawings@me", "drawings@../x-1", "digits@everybody-1", "@"])
def test_an_invalid_part_is_refused(tmp_path: Path, name: str) -> None:
    """As an unknown data set."""
    assert name not in catalogue()
    with pytest.raises(DataError):
        catalogue(tmp_path).load(name)


def test_the_titles_distinguish_one_persons_drawings(tmp_path: Path) -> None:
    """Without saying "my": everybody sees the runs."""
    part = own_drawings.Part(own_drawings.author_id("me"), 5)
    titles = [
        str(catalogue().describe(name).title)
        for name in ("drawings", f"drawings@{part}", f"drawings-and-digits@{part}")
    ]
    assert titles == ["Named drawings", "One person's drawings", "One person's drawings among other digits"]


def test_a_data_set_says_how_many_drawings_of_how_many_people(tmp_path: Path) -> None:
    """Also for none and for one."""
    assert catalogue(tmp_path).words("drawings").endswith("0 drawings are kept here.")
    keep(tmp_path, author="me")
    assert catalogue(tmp_path).words("drawings").endswith("1 drawing of 1 person is kept here.")
    keep_some(tmp_path, 20, "a neighbor")
    assert catalogue(tmp_path).words("drawings-and-digits").endswith("21 drawings of 2 people are kept here.")
    assert catalogue(tmp_path).words("digits").endswith("for the test.")
