"""The data set of one's own hand."""

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
    given: dict[str, Any] = {"label": label, "read_as": 7, "pixels": bytes(784), "strokes": [STROKE]}
    return own_drawings.keep(home, **given | changes)


def keep_some(home: Path, count: int, author: str = "") -> None:
    """Digits in turn, each with its label in its first pixel, and its author's length in its third."""
    for number in range(count):
        pixels = bytes([number % 10, number, len(author)]) + bytes(781)
        keep(home, number % 10, pixels=pixels, author=author)


def test_a_drawing_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    """Pixels, strokes, label, what it was read as, and who drew it."""
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


def test_the_oldest_comes_first_and_a_deleted_one_is_gone(tmp_path: Path) -> None:
    """One deletes a slip without losing the rest."""
    names = [keep(tmp_path) for _ in range(3)]
    assert list(own_drawings.read_all(tmp_path).drawings) == names
    own_drawings.delete(tmp_path, names[1])
    assert list(own_drawings.read_all(tmp_path).drawings) == [names[0], names[2]]
    with pytest.raises(DataError, match="no longer exists"):
        own_drawings.delete(tmp_path, names[1])


def test_a_deleted_drawing_can_be_put_back(tmp_path: Path) -> None:
    """The same record, byte by byte, in its old place."""
    names = [keep(tmp_path, label) for label in (1, 2, 3)]
    before = {file.name: file.read_bytes() for file in own_drawings.folder(tmp_path).iterdir()}
    own_drawings.restore(tmp_path, names[1], own_drawings.delete(tmp_path, names[1]))
    assert {file.name: file.read_bytes() for file in own_drawings.folder(tmp_path).iterdir()} == before


@pytest.mark.parametrize("name", ["../lab", "/etc/passwd", "", "*"])
def test_only_drawings_can_be_deleted(tmp_path: Path, name: str) -> None:
    """A name is looked up, never made into a path."""
    keep(tmp_path)
    (tmp_path / "lab.json").write_text("{}")
    with pytest.raises(DataError):
        own_drawings.delete(tmp_path, name)
    assert (tmp_path / "lab.json").exists()
    assert own_drawings.count(tmp_path) == 1


def test_a_damaged_file_is_passed_over_and_counted(tmp_path: Path) -> None:
    """Cut off, no JSON, too large, or of another shape: the others are still there."""
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
def test_what_is_no_drawing_is_not_kept(tmp_path: Path, changes: dict[str, Any]) -> None:
    """In words, and nothing is written."""
    with pytest.raises(DataError):
        keep(tmp_path, **changes)
    assert not own_drawings.count(tmp_path)


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    """The drawing stays on the pad."""
    own_drawings.folder(tmp_path).write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot be kept"):
        keep(tmp_path)


def test_a_drawing_that_is_kept_outlasts_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder is written down as well, not only its file."""
    synced: list[Path] = []
    monkeypatch.setattr("cnnlab.ground.files.sync_folder", synced.append)
    keep(tmp_path)
    assert own_drawings.folder(tmp_path) in synced


def test_there_is_an_end_to_how_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that keeps on sending does not fill the disk."""
    monkeypatch.setattr(limits, "MAX_DRAWINGS", 2)
    keep_some(tmp_path, 2)
    with pytest.raises(DataError, match="at most 2"):
        keep(tmp_path)


def test_fewer_than_twenty_are_no_data_set(tmp_path: Path) -> None:
    """The words say how many there are and what to do."""
    keep_some(tmp_path, 19)
    assert not catalogue(tmp_path).available("drawings")
    for name in ("drawings", "drawings-and-digits"):
        with pytest.raises(DataError, match="19 drawings are kept.*at least 20.*Draw more"):
            catalogue(tmp_path).load(name)


def test_twenty_make_a_data_set_of_three_splits(tmp_path: Path) -> None:
    """No picture is in two of them, and its label is its own."""
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
    """What was held out once is never learned from, whatever is drawn or deleted later."""
    keep_some(tmp_path, 20)
    before = {name: drawing.split for name, drawing in own_drawings.read_all(tmp_path).drawings.items()}
    held = own_drawings.held_out(tmp_path)
    own_drawings.delete(tmp_path, next(iter(before)))
    keep_some(tmp_path, 30)
    after = own_drawings.read_all(tmp_path).drawings
    assert all(after[name].split == split for name, split in before.items() if name in after)
    assert len(held.labels) == 8


def test_learning_mixes_ones_own_with_others(tmp_path: Path) -> None:
    """Two of five are one's own, of the training part alone; validation and test are other people's."""
    keep_some(tmp_path, 20)
    digits, data = catalogue(tmp_path).load("digits"), catalogue(tmp_path).load("drawings-and-digits")
    own = {tuple(image) for image in catalogue(tmp_path).load("drawings").train.images.flatten(1).tolist()}
    held = {tuple(image) for image in own_drawings.held_out(tmp_path).images.flatten(1).tolist()}
    train = [tuple(image) for image in data.train.images.flatten(1).tolist()]
    assert sum(image in own for image in train) / len(train) == pytest.approx(0.4, abs=0.02)
    assert not held & set(train)
    assert torch.equal(data.val.labels, digits.val.labels)
    assert len(data.test.labels) == len(digits.test.labels)


# ---- whose


def test_one_hand_has_its_own_drawings_alone(tmp_path: Path) -> None:
    """In all three splits, whoever draws in between; under a name that does not tell the author's key."""
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
    """A run that is resumed or repeated has the drawings that it began with."""
    keep_some(tmp_path, 20, "me")
    name = f"drawings@{own_drawings.read_all(tmp_path).part_of('me')}"
    before = catalogue(tmp_path).load(name)
    keep_some(tmp_path, 20, "me")
    after = catalogue(tmp_path).load(name)
    assert torch.equal(before.train.images, after.train.images)
    assert torch.equal(before.test.labels, after.test.labels)


def test_nineteen_of_ones_own_are_too_few_in_a_full_house(tmp_path: Path) -> None:
    """Other people's do not help."""
    keep_some(tmp_path, 40, "a neighbor")
    keep_some(tmp_path, 19, "me")
    name = f"drawings-and-digits@{own_drawings.read_all(tmp_path).part_of('me')}"
    assert not catalogue(tmp_path).available(name)
    with pytest.raises(DataError, match="19 drawings by this person are kept.*at least 20"):
        catalogue(tmp_path).load(name)


@pytest.mark.parametrize("name", ["drawings@", "drawings@me", "drawings@../x-1", "digits@everybody-1", "@"])
def test_what_names_no_part_is_refused(tmp_path: Path, name: str) -> None:
    """In words."""
    assert name not in catalogue()
    with pytest.raises(DataError):
        catalogue(tmp_path).load(name)


def test_the_titles_say_whose(tmp_path: Path) -> None:
    """Nobody else's run speaks of "my" drawings."""
    part = own_drawings.Part(own_drawings.hand_of("me"), 5)
    titles = [
        str(catalogue().describe(name).title)
        for name in ("drawings", f"drawings@{part}", f"drawings-and-digits@{part}")
    ]
    assert titles == ["Named drawings", "One person's drawings", "One person's drawings among other digits"]


def test_a_data_set_says_how_many_drawings_of_how_many_people(tmp_path: Path) -> None:
    """Also of none, and of one."""
    assert catalogue(tmp_path).words("drawings").endswith("0 drawings are kept here.")
    keep(tmp_path, author="me")
    assert catalogue(tmp_path).words("drawings").endswith("1 drawing of 1 person is kept here.")
    keep_some(tmp_path, 20, "a neighbor")
    assert catalogue(tmp_path).words("drawings-and-digits").endswith("21 drawings of 2 people are kept here.")
    assert catalogue(tmp_path).words("digits").endswith("for the test.")
