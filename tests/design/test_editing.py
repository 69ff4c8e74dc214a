"""The edits of a stack, and the history that undoes them."""

from __future__ import annotations

import pytest

from cnnlab.design.design import Design, summarize
from cnnlab.design.editing import (
    MAX_STEPS,
    Add,
    ApplyRepair,
    Delete,
    Duplicate,
    Edit,
    History,
    Inside,
    Move,
    Redo,
    SetEnd,
    SetField,
    Undo,
    begin,
    edit,
    fitted,
    read_edit,
    replace_design,
)
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ground.errors import DesignError
from cnnlab.layers import KINDS, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Residual, Softmax


@pytest.fixture
def history() -> History:
    """Four rows with the ids 0 to 3."""
    layers = (Conv2d(out_channels=8), ReLU(), Flatten(), Linear(out_features=10))
    return begin(Design(name="four").with_layers(layers))


def after(history: History, *edits: Edit) -> History:
    for wanted in edits:
        history, _ = edit(history, wanted)
    return history


def kinds(history: History) -> list[str]:
    return [layer.kind for layer in history.design.layers]


def refusal(history: History, wanted: Edit) -> str:
    with pytest.raises(DesignError) as caught:
        edit(history, wanted)
    return str(caught.value)


def test_add_after_a_row(history: History) -> None:
    """A new layer comes below the row that was named, with its usual fields."""
    new = after(history, Add(kind="MaxPool2d", after=1))
    assert kinds(new) == ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear"]
    assert new.design.layers[2] == MaxPool2d()


def test_add_before_the_first(history: History) -> None:
    """There is no row before the first, so the position is None."""
    assert kinds(after(history, Add(kind="ReLU", after=None)))[:2] == ["ReLU", "Conv2d"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_added(kind: str, history: History) -> None:
    """The palette offers every kind; each can be added, even where it cannot work."""
    assert after(history, Add(kind=kind, after=3)).design.layers[-1].kind == kind


def test_add_of_an_unknown_kind_is_refused(history: History) -> None:
    """The error lists the kinds."""
    assert "Conv2d" in refusal(history, Add(kind="Conv9d", after=None))


def test_a_stack_has_a_limit(history: History) -> None:
    """One layer too many is refused."""
    full = after(history, *[Duplicate(id=1)] * 60)
    assert "at most 64" in refusal(full, Duplicate(id=1))


@pytest.mark.parametrize(
    ("row", "by", "order"),
    [
        (0, 1, ["ReLU", "Conv2d", "Flatten", "Linear"]),
        (3, -1, ["Conv2d", "ReLU", "Linear", "Flatten"]),
        (0, 2, ["ReLU", "Flatten", "Conv2d", "Linear"]),
        (2, -99, ["Flatten", "Conv2d", "ReLU", "Linear"]),
        (1, 99, ["Conv2d", "Flatten", "Linear", "ReLU"]),
    ],
)
def test_move(history: History, row: int, by: int, order: list[str]) -> None:
    """A row moves by some positions and stops at the end of the stack."""
    assert kinds(after(history, Move(id=row, by=by))) == order


def test_a_row_keeps_its_id_while_it_moves(history: History) -> None:
    """A second move finds its row even if it was sent before the first was answered."""
    moved = after(history, Move(id=0, by=1), Move(id=0, by=1))
    assert kinds(moved) == ["ReLU", "Flatten", "Conv2d", "Linear"]
    assert moved.stack.ids == (1, 2, 0, 3)


def test_a_move_without_effect_is_not_a_step(history: History) -> None:
    """There is nothing to undo after it."""
    assert after(history, Move(id=0, by=-1)) == history


def test_duplicate(history: History) -> None:
    """The copy is below the original and has its own id."""
    new = after(history, Duplicate(id=0))
    assert new.design.layers[:2] == (Conv2d(out_channels=8), Conv2d(out_channels=8))
    assert len(set(new.stack.ids)) == 5


def test_delete(history: History) -> None:
    """The focus moves to the row before it."""
    new, change = edit(history, Delete(id=1))
    assert kinds(new) == ["Conv2d", "Flatten", "Linear"]
    assert change.focus == 0


def test_delete_of_the_first_row_leads_to_the_next(history: History) -> None:
    """There is no row above it."""
    assert edit(history, Delete(id=0))[1].focus == 1


@pytest.mark.parametrize(
    ("done", "undone", "redone"),
    [
        (Delete(id=2), 2, 1),
        (Add(kind="MaxPool2d", after=1), 1, 4),
        (Move(id=0, by=2), 0, 0),
        (Move(id=1, by=1), 1, 1),
        (Move(id=2, by=-1), 2, 2),
        (SetField(id=3, field="out_features", value=12, burst=1), 3, 3),
    ],
    ids=["delete", "add", "move", "move down by one", "move up by one", "set"],
)
def test_undo_and_redo_lead_to_the_row_concerned(
    history: History, done: Edit, undone: int, redone: int
) -> None:
    """The one that came back, moved or changed; after one went, the one before it."""
    new, change = edit(after(history, done), Undo())
    assert change.focus == undone
    assert edit(new, Redo())[1].focus == redone


def test_an_edit_of_a_row_that_is_gone_is_refused(history: History) -> None:
    """It does not affect the row that took its position."""
    assert "no longer" in refusal(after(history, Delete(id=1)), Delete(id=1))


def test_an_id_is_never_used_twice(history: History) -> None:
    """Not even after an undo removed its row."""
    first = after(history, Add(kind="ReLU", after=3))
    second = after(first, Undo(), Add(kind="Softmax", after=3))
    assert first.stack.ids[-1] != second.stack.ids[-1]


def test_set_a_number(history: History) -> None:
    """The layer has the new value, and everything else is unchanged."""
    new = after(history, SetField(id=0, field="out_channels", value=16, burst=1))
    assert new.design.layers == (Conv2d(out_channels=16), *history.design.layers[1:])


def test_set_a_word_and_a_switch(history: History) -> None:
    """Padding accepts a word instead of a number; a bias is on or off."""
    new = after(
        history,
        SetField(id=0, field="padding", value="same", burst=1),
        SetField(id=0, field="bias", value=False, burst=1),
    )
    assert new.design.layers[0] == Conv2d(out_channels=8, padding="same", bias=False)


@pytest.mark.parametrize(
    ("value", "came"),
    [(0, "0"), (5_000, "5,000"), (2.5, "2.5"), ("many", "many"), ("", "nothing"), (True, "on")],
)
def test_a_value_out_of_range_names_the_range(history: History, value: int | str, came: str) -> None:
    """The error says what is allowed, what was typed, and what the value stays."""
    text = refusal(history, SetField(id=0, field="out_channels", value=value, burst=1))
    assert text == f"Filters must be a whole number from 1 to 4,096, but {came} was typed. It stays 8."


def test_a_share_has_an_open_end(history: History) -> None:
    """A dropout of 1 would leave nothing."""
    new = after(history, Add(kind="Dropout", after=3))
    text = refusal(new, SetField(id=4, field="p", value=1.0, burst=1))
    assert "a number from 0 to just below 1," in text


def test_fields_that_do_not_go_together_say_why(history: History) -> None:
    """Padding "same" and a stride."""
    padded = after(history, SetField(id=0, field="padding", value="same", burst=1))
    assert "needs stride 1" in refusal(padded, SetField(id=0, field="stride", value=2, burst=2))


def test_an_unknown_field_is_refused(history: History) -> None:
    """The error lists the fields."""
    assert "out_channels" in refusal(history, SetField(id=0, field="kind", value="ReLU", burst=1))


def test_input_and_classes(history: History) -> None:
    """The input shape and the classes are edited like any field."""
    new = after(
        history,
        SetEnd(field="channels", value=3, burst=1),
        SetEnd(field="height", value=32, burst=2),
        SetEnd(field="classes", value=5, burst=3),
    )
    assert new.design.input_shape == (3, 32, 28)
    assert new.design.classes == 5


def test_an_input_out_of_range_names_the_range(history: History) -> None:
    """These are limits of the design itself."""
    text = refusal(history, SetEnd(field="channels", value=9, burst=1))
    assert text == "Channels must be a whole number from 1 to 4, but 9 was typed. It stays 1."


def test_a_repair_fixes_the_design() -> None:
    """After one click the design works; the row that was kept has its old id."""
    broken = begin(Design(name="no flatten").with_layers((Conv2d(), Linear(out_features=10), Softmax())))
    code = summarize(broken.design).problems[0].repairs[0].code
    repaired, change = edit(broken, ApplyRepair(id=1, repair=code))
    assert kinds(repaired) == ["Conv2d", "Flatten", "Linear", "Softmax"]
    assert summarize(repaired.design).ok
    assert repaired.stack.ids == (0, 3, 1, 2)
    assert change.focus == 3


def test_a_repair_of_the_whole_stack() -> None:
    """The problem of an empty stack has no row."""
    empty = begin(Design())
    code = summarize(empty.design).problems[0].repairs[0].code
    assert summarize(after(empty, ApplyRepair(id=None, repair=code)).design).ok


def test_a_repair_that_is_no_longer_needed_is_refused(history: History) -> None:
    """The second click of a hasty double click does nothing."""
    assert "no longer needed" in refusal(history, ApplyRepair(id=3, repair="flatten"))


def inside_kinds(history: History) -> list[str]:
    block = history.design.layers[0]
    assert isinstance(block, Residual)
    return [layer.kind for layer in block.layers]


@pytest.fixture
def with_block() -> History:
    """A residual block with two layers inside, as the row with the id 0."""
    layers = (Residual(layers=(Conv2d(out_channels=8, padding="same"), ReLU())), Flatten(), Linear())
    return begin(Design(name="block").with_layers(layers))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Add(kind="MaxPool2d", after=0), ["Conv2d", "MaxPool2d", "ReLU"]),
        (Add(kind="SqueezeExcitation", after=None), ["SqueezeExcitation", "Conv2d", "ReLU"]),
        (Move(id=1, by=-1), ["ReLU", "Conv2d"]),
        (Duplicate(id=0), ["Conv2d", "Conv2d", "ReLU"]),
        (Delete(id=0), ["ReLU"]),
    ],
)
def test_the_layers_inside_of_a_block_are_edited_likewise(
    with_block: History, wanted: Add | Move | Duplicate | Delete, expected: list[str]
) -> None:
    """With the same edits, by the index inside the block; the block keeps its id, and they can be undone."""
    new, change = edit(with_block, Inside(id=0, edit=wanted))
    assert inside_kinds(new) == expected
    assert new.stack.ids == with_block.stack.ids
    assert change.focus == 0
    assert str(new.undoes).endswith("inside Residual block")
    assert after(new, Undo()).design == with_block.design


def test_a_number_typed_inside_of_a_block_is_one_step(with_block: History) -> None:
    """As in any other row; the error for a value out of range names the range."""
    typed = [SetField(id=0, field="out_channels", value=value, burst=7) for value in (1, 16)]
    new = after(with_block, *(Inside(id=0, edit=wanted) for wanted in typed))
    block = new.design.layers[0]
    assert isinstance(block, Residual)
    assert block.layers[0] == Conv2d(out_channels=16, padding="same")
    assert after(new, Undo()).design == with_block.design
    wrong = Inside(id=0, edit=SetField(id=0, field="kernel_size", value=0, burst=8))
    assert refusal(new, wrong).startswith("Kernel size must be a whole number from 1 to 64, but 0 was typed")


@pytest.mark.parametrize(
    ("row", "wanted", "words"),
    [
        (0, Add(kind="Residual", after=0), "A residual block cannot contain another residual block"),
        (0, Delete(id=5), "no longer in the stack"),
        (1, Delete(id=0), "Flatten has no layers inside that could be changed"),
    ],
)
def test_what_cannot_be_done_inside_is_refused(
    with_block: History, row: int, wanted: Add | Delete, words: str
) -> None:
    """The error says why."""
    assert words in refusal(with_block, Inside(id=row, edit=wanted))


def test_a_block_keeps_its_last_layer(with_block: History) -> None:
    """An empty block would only double its input."""
    one = after(with_block, Inside(id=0, edit=Delete(id=1)))
    assert "needs at least one layer" in refusal(one, Inside(id=0, edit=Delete(id=0)))


def test_undo_and_redo(history: History) -> None:
    """Back to the beginning and forward to the end; each step has a name."""
    edited = after(history, Add(kind="ReLU", after=3), Delete(id=0))
    assert str(edited.undoes) == "delete Convolution"
    undone = after(edited, Undo(), Undo())
    assert undone.design == history.design
    assert undone.undoes == ""
    assert str(undone.redoes) == "add ReLU"
    assert after(undone, Redo(), Redo()).design == edited.design


def test_undo_brings_back_the_ids(history: History) -> None:
    """So that cards on the screen keep their identity."""
    assert after(history, Delete(id=1), Undo()).stack == history.stack


def test_nothing_to_undo_changes_nothing(history: History) -> None:
    """The message says so."""
    same, change = edit(history, Undo())
    assert same == history
    assert str(change.announcement) == "There is nothing to undo."


def test_an_edit_after_an_undo_forgets_what_was_undone(history: History) -> None:
    """The history is a line, not a tree."""
    edited = after(history, Delete(id=0), Undo(), Delete(id=1))
    assert edited.redoes == ""
    assert kinds(after(edited, Undo())) == kinds(history)


def test_a_number_being_typed_is_one_step(history: History) -> None:
    """1, 12, 128: one undo reverts all of it."""
    typed = after(
        history, *(SetField(id=0, field="out_channels", value=value, burst=7) for value in (1, 12, 128))
    )
    assert len(typed.steps) == 2
    assert after(typed, Undo()).design == history.design


def test_two_bursts_are_two_steps(history: History) -> None:
    """A pause between two numbers separates them."""
    typed = after(
        history,
        SetField(id=0, field="out_channels", value=16, burst=1),
        SetField(id=0, field="out_channels", value=32, burst=2),
    )
    assert after(typed, Undo()).design.layers[0] == Conv2d(out_channels=16)


def test_the_history_is_limited(history: History) -> None:
    """The oldest steps are forgotten; the newest can still be undone."""
    long = after(history, *[Move(id=0, by=1), Move(id=0, by=-1)] * MAX_STEPS)
    assert len(long.steps) == MAX_STEPS
    assert after(long, Undo()).stack.ids == (1, 0, 2, 3)


def test_opening_another_design_can_be_undone(history: History) -> None:
    """So that nothing unsaved is lost."""
    opened = replace_design(history, preset("lenet-5").design, "open lenet-5")
    assert opened.undoes == "open lenet-5"
    assert after(opened, Undo()).stack == history.stack


def test_renaming_keeps_the_rows(history: History) -> None:
    """A card does not change when the design gets another name."""
    renamed = replace_design(history, history.design.model_copy(update={"name": "new"}), "rename")
    assert renamed.stack.ids == history.stack.ids


def test_fitted_to_other_classes() -> None:
    """The last Linear follows the data set, with a note."""
    design, notes = fitted(preset("article-1").design, (1, 28, 28), 26)
    assert summarize(design).ok
    assert tuple(map(str, notes)) == ("Layer 10 (Dense) now has 26 outputs, one for each class of the data.",)


def test_fitted_where_the_layers_cannot_follow() -> None:
    """The input and classes change anyway; the summary says what is wrong."""
    design, notes = fitted(Design().with_layers((Conv2d(kernel_size=20),)), (3, 8, 8), 2)
    assert design.input_shape == (3, 8, 8)
    assert design.classes == 2
    assert notes == ()
    assert not summarize(design).ok


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "undo",
        {},
        {"do": "format disk"},
        {"do": "move", "id": "0", "by": 1},
        {"do": "move", "id": 0, "by": 1e300},
        {"do": "undo", "twice": True},
        {"do": "set", "id": 0, "field": "p", "value": {"a": 1}, "burst": 1},
        {"do": "set", "id": 0, "field": "p", "value": "9" * 500, "burst": 1},
    ],
)
def test_an_invalid_edit_is_refused(message: object) -> None:
    """A browser can send anything."""
    with pytest.raises(DesignError):
        read_edit(message)


def test_edits_are_read() -> None:
    """The fields of a message are those of the classes."""
    assert read_edit({"do": "move", "id": 2, "by": -1}) == Move(id=2, by=-1)
    assert read_edit({"do": "undo"}) == Undo()
    inside = {"do": "inside", "id": 4, "edit": {"do": "delete", "id": 1}}
    assert read_edit(inside) == Inside(id=4, edit=Delete(id=1))


def test_the_first_repairs_fix_every_preset_after_a_deletion() -> None:
    """Whichever row of whichever preset is deleted, the first repairs lead to a design that works."""
    for item in PRESETS.values():
        for row in range(len(item.design.layers)):
            history = after(begin(item.design), Delete(id=row))
            for _ in range(10):
                problems = summarize(history.design).problems
                if not problems:
                    break
                broken = problems[0].row
                row_id = None if broken is None else history.stack.ids[broken]
                history = after(history, ApplyRepair(id=row_id, repair=problems[0].repairs[0].code))
            assert summarize(history.design).ok
