"""Designs: their summary, repairs, adapting to data, and hostile files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.design.design import Design, Problem, Summary, adapt, apply_repair, require_trainable, summarize
from cnnlab.design.presets import PRESETS, preset
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    AnyLayer,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Softmax,
)


def stack(*layers: AnyLayer, input_shape: tuple[int, int, int] = (1, 28, 28), classes: int = 10) -> Design:
    """A design with these layers."""
    return Design(name="stack", input_shape=input_shape, classes=classes, layers=layers)


def only_problem(summary: Summary) -> Problem:
    """The only problem of a summary."""
    assert len(summary.problems) == 1
    return summary.problems[0]


# --- summary ---------------------------------------------------------------------------------------------


def test_a_row_shows_shapes_counts_and_arithmetic() -> None:
    """Everything that the editor shows for a convolution."""
    row = summarize(stack(Conv2d(out_channels=32), Flatten(), Linear(out_features=10))).rows[0]
    assert (row.input_shape, row.output_shape) == ((1, 28, 28), (32, 26, 26))
    assert (row.parameters, row.arithmetic, row.macs) == (320, "32 × (3×3×1) + 32 = 320", 194_688)


def test_totals_are_sums_over_the_rows() -> None:
    """Parameters, multiply-adds and activations."""
    summary = summarize(stack(Conv2d(out_channels=2), Flatten(), Linear(out_features=10)))
    assert summary.ok
    assert (summary.parameters, summary.macs) == (20 + 13_530, 12_168 + 13_520)
    assert summary.activations == 1_352 + 1_352 + 10


def test_rows_after_a_problem_have_no_shape() -> None:
    """Shapes after a layer that cannot work are unknown, and these rows are not problems."""
    summary = summarize(stack(Flatten(), Conv2d(), ReLU(), Linear(out_features=10)))
    assert only_problem(summary).row == 1
    assert [row.output_shape for row in summary.rows] == [(784,), None, None, None]


@pytest.mark.parametrize(
    ("design", "row", "text"),
    [
        (stack(), None, "stack is empty"),
        (stack(Linear(out_features=10)), 0, "Dense needs one long row of numbers, but gets 1 map of 28×28."),
        (
            stack(Flatten(), Conv2d()),
            1,
            "Convolution needs a picture or maps, but gets one long row of 784 numbers.",
        ),
        (
            stack(Conv2d(kernel_size=5), input_shape=(1, 4, 9)),
            0,
            "A window of 5×5 does not fit into 1 map of 4×9.",
        ),
        (stack(Conv2d(kernel_size=3, dilation=20)), 0, "A window of 41×41 does not fit into 1 map of 28×28."),
        (stack(Conv2d(out_channels=4, groups=2)), 0, "The number of maps, 1, cannot be divided by 2 groups."),
        (stack(MaxPool2d(), input_shape=(1, 1, 1)), 0, "A window of 2×2 does not fit into 1 map of 1×1"),
        (stack(Flatten(), BatchNorm2d()), 1, "Batch norm needs a picture or maps"),
        (stack(BatchNorm1d()), 0, "Batch norm of a vector needs one long row"),
        (stack(Softmax()), 0, "Softmax needs one long row of scores"),
        (
            stack(Conv2d(out_channels=10)),
            0,
            "with 10 maps of 26×26, but 10 classes need one long row of 10 scores",
        ),
        (stack(Flatten(), Linear(out_features=9)), 1, "ends with one long row of 9 numbers, but 10 classes"),
        (
            stack(AdaptiveAvgPool2d(output_size=1), Flatten(), classes=2),
            1,
            "ends with a row of 1 number, but 2 classes",
        ),
        (stack(Flatten(), input_shape=(1, 2, 5)), 0, "nothing that could learn"),
        (stack(Flatten(), Softmax(), input_shape=(1, 2, 5)), 1, "nothing that could learn"),
    ],
)
def test_a_problem_names_its_row_and_its_cause(design: Design, row: int | None, text: str) -> None:
    """Each problem has a text, its row, and at least one repair."""
    problem = only_problem(summarize(design))
    assert problem.row == row
    assert problem.repairs
    with pytest.raises(DesignError, match=text):
        require_trainable(design)


def test_a_trillion_parameters_are_refused_without_building() -> None:
    """A stack with more than 10^12 weights is counted, refused and never built."""
    maps, dense = Conv2d(out_channels=4_096, kernel_size=1), Linear(out_features=65_536)
    absurd = stack(maps, Flatten(), dense, Linear(out_features=10), input_shape=(1, 512, 512))
    summary = summarize(absurd)
    assert summary.parameters == 4_096 * 2 + (4_096 * 512**2 + 1) * 65_536 + 65_537 * 10 > 10**12
    assert summary.problems[0].row == 2
    assert "parameters, most of them here; this lab allows 50,000,000" in str(summary.problems[0].text)


@pytest.mark.parametrize(
    ("design", "noun"),
    [
        (stack(Conv2d(out_channels=4_096, kernel_size=64, padding=64)), "multiply-adds for one picture"),
        (stack(Conv2d(out_channels=4_096, kernel_size=1), input_shape=(1, 512, 512)), "activations"),
    ],
)
def test_absurd_sizes_are_problems(design: Design, noun: str) -> None:
    """Time and memory for one picture are limited as well."""
    assert any(noun in str(problem.text) for problem in summarize(design).problems)


# --- repairs ---------------------------------------------------------------------------------------------

any_layer = st.one_of(
    st.sampled_from([KINDS[kind].model_validate({}) for kind in KINDS]),
    st.builds(Conv2d, out_channels=st.integers(1, 8), kernel_size=st.integers(1, 40)),
    st.builds(Conv2d, out_channels=st.sampled_from([3, 6]), groups=st.just(3)),
    st.builds(Linear, out_features=st.sampled_from([2, 10, 65_536])),
    st.builds(MaxPool2d, kernel_size=st.integers(1, 40)),
    st.builds(
        Residual,
        layers=st.lists(
            st.sampled_from([Conv2d(), Conv2d(stride=2), MaxPool2d(), Flatten(), Linear(), ReLU()]),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(layers=st.lists(any_layer, max_size=7), choices=st.lists(st.integers(0, 9), min_size=40, max_size=40))
def test_clicking_repairs_always_leads_to_a_design_that_works(layers: list[Any], choices: list[int]) -> None:
    """Whichever repairs are clicked, none is refused, and they do not go in circles."""
    design = stack(*layers)
    for choice in choices:
        problems = summarize(design).problems
        if not problems:
            return
        repairs = problems[0].repairs
        design = apply_repair(design, problems[0], repairs[choice % len(repairs)])
    pytest.fail(f"40 clicks were not enough: {design}")


def test_insert_flatten_repairs_the_row() -> None:
    """It is the first repair offered for the classic mistake."""
    broken = stack(Conv2d(out_channels=64), Linear(out_features=10), Softmax())
    problem = only_problem(summarize(broken))
    assert str(problem.repairs[0].label) == "insert Flatten (43,264 numbers)"
    repaired = apply_repair(broken, problem, problem.repairs[0])
    assert [layer.kind for layer in repaired.layers] == ["Conv2d", "Flatten", "Linear", "Softmax"]
    assert summarize(repaired).ok


def test_a_wrong_number_of_scores_is_repaired_before_the_softmax() -> None:
    """Not after it."""
    broken = stack(Flatten(), Linear(out_features=7), Softmax())
    problem = only_problem(summarize(broken))
    repaired = apply_repair(broken, problem, problem.repairs[0])
    assert [layer.label() for layer in repaired.layers] == ["Flatten", "Linear 7", "Linear 10", "Softmax"]
    assert summarize(repaired).ok


def test_a_block_whose_layers_shrink_the_picture_is_repaired_in_one_click() -> None:
    """The input cannot be added: use padding, drop the shortcut, or remove the block."""
    broken = stack(Residual(layers=(Conv2d(out_channels=8), ReLU())), Flatten(), Linear(out_features=10))
    problem = only_problem(summarize(broken))
    assert str(problem.text).startswith("The layers inside turn 1 map of 28×28 into 8 maps of 26×26")
    assert [str(repair.label) for repair in problem.repairs] == [
        'use padding "same" inside',
        "use its layers without the shortcut",
        "remove this Residual block",
    ]
    assert all(summarize(apply_repair(broken, problem, repair)).ok for repair in problem.repairs)


def test_a_problem_inside_a_block_names_the_layer_and_is_repaired_there() -> None:
    """The row is the block's; the text names the layer inside."""
    inside = (Conv2d(out_channels=4, groups=2), ReLU())
    broken = stack(Residual(layers=inside), input_shape=(3, 8, 8))
    problem = summarize(broken).problems[0]
    assert (
        str(problem.text)
        == "Inside, layer 1 (Convolution): The number of maps, 3, cannot be divided by 2 groups."
    )
    assert [str(repair.label) for repair in problem.repairs] == ["remove this Residual block"]
    padded = (Conv2d(out_channels=4, groups=2, padding="same"), ReLU())
    repair = summarize(stack(Residual(layers=padded), input_shape=(3, 8, 8))).problems[0].repairs[0]
    assert str(repair.label) == "inside: use one group"


def test_layers_inside_blocks_count() -> None:
    """Blocks do not circumvent the limit: each of these has 3 layers."""
    block = Residual(layers=(ReLU(), ReLU()))
    assert stack(*[block] * 21, ReLU()).layers
    with pytest.raises(DesignError, match="66 layers, counting those inside blocks. Allowed: at most 64"):
        stack().with_layers((block,) * 22)


def test_more_layers_than_allowed_are_refused() -> None:
    """A repair or an edit cannot extend a stack beyond the limit."""
    full = stack(*[ReLU()] * limits.MAX_LAYERS)
    with pytest.raises(DesignError, match="65 layers. Allowed: at most 64"):
        full.replace_row(0, (Flatten(), ReLU()))


# --- adapting --------------------------------------------------------------------------------------------


def test_a_design_adapts_to_color_and_other_classes() -> None:
    """The input and the last Linear follow the data, with a note on each change."""
    adapted, notes = adapt(preset("article-1").design, (3, 32, 32), 4)
    assert (adapted.input_shape, adapted.classes) == ((3, 32, 32), 4)
    assert adapted.layers[-2:] == (Linear(out_features=4), Softmax())
    assert tuple(map(str, notes)) == (
        "Input 1×28×28 became 3×32×32, the shape of the data.",
        "Layer 10 (Dense) now has 4 outputs, one for each class of the data.",
    )
    assert summarize(adapted).ok


@pytest.mark.parametrize("name", PRESETS)
def test_a_design_that_fits_its_data_is_not_changed(name: str) -> None:
    """There are no notes either."""
    design = preset(name).design
    assert adapt(design, design.input_shape, design.classes) == (design, ())


def test_a_design_without_linear_cannot_adapt_to_other_classes() -> None:
    """The error says why, and what would help."""
    design = stack(Conv2d(out_channels=10, kernel_size=28), Flatten())
    with pytest.raises(DesignError, match=r"no Dense layer.*End the stack with Flatten and Dense 3"):
        adapt(design, (1, 28, 28), 3)


def test_a_stack_that_shrinks_too_far_on_small_pictures_is_refused() -> None:
    """The error says which layer no longer fits."""
    with pytest.raises(
        DesignError, match=r"article-1, layer 4: A window of 3×3 does not fit into 32 maps of 1×1"
    ):
        adapt(preset("article-1").design, (1, 5, 5), 10)


# --- files -----------------------------------------------------------------------------------------------

DEEP = 30_000
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "not valid JSON"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00", "not valid JSON"),
    "another encoding": ("{}".encode("utf-16"), "not valid JSON"),
    "half a surrogate pair": ('{"name": "\ud800"}', "not valid JSON"),
    "half a surrogate pair, escaped": (r'{"name": "\ud800"}', "name: the text contains half a character"),
    "half a surrogate pair in a key": (r'{"\ud800": 1}', "the text contains half a character"),
    "a list": ("[]", "contains a list, not a design"),
    "null": ("null", "contains null, not a design"),
    "deep lists": ("[" * DEEP + "]" * DEEP, "contains a list, not a design"),
    "deep layers": (
        '{"layers": ' + "[" * DEEP + "]" * DEEP + "}",
        r"layer 1 \(unknown\), 0: lists or objects nested without end",
    ),
    "lists that only pydantic finds deep": (
        '{"layers": ' + "[" * 500 + "]" * 500 + "}",
        r"layer 1 \(unknown\), 0: lists or objects nested without end",
    ),
    "an integer of 5,000 digits": (
        '{"classes": ' + "9" * 5_000 + "}",
        "classes: a whole number of 5,000 char",
    ),
    "an integer of 4,000 digits": (
        '{"classes": ' + "9" * 4_000 + "}",
        "classes: a whole number of 4,000 characters. Allowed: at most 18 digits",
    ),
    "a long integer in a layer": (
        '{"layers": [{"kind": "ReLU"}, {"kind": "Linear", "out_features": -1' + "0" * 30_000 + "}]}",
        r"layer 2 \(Linear\), out_features: a whole number of 30,002 characters",
    ),
    "a long integer inside of a block": (
        '{"layers": [{"kind": "Residual", "layers": [{"kind": "Conv2d", "stride": 1' + "0" * 99 + "}]}]}",
        r"layer 1 \(Residual\), inside layer 1 \(Conv2d\), stride: a whole number of 100 characters",
    ),
    "fields without end": (
        json.dumps({str(number): number for number in range(4_000)}),
        "design: an object with 4,000 fields",
    ),
    "a number that fits no layer": (
        '{"classes": 999999999999999999}',
        "less than or equal to 1,000, but got 9999",
    ),
    "10^12 outputs": (
        '{"layers": [{"kind": "Linear", "out_features": 1000000000000}]}',
        "65,536, but got 1000000",
    ),
    "65 layers": (json.dumps({"layers": [{"kind": "ReLU"}] * 65}), "layers: at most 64 are allowed"),
    "10,000 layers": (json.dumps({"layers": [{"kind": "ReLU"}] * 10_000}), "at most 65,536 bytes"),
    "a number as text": ('{"classes": "10"}', "classes: .* integer, but got '10'"),
    "a number as text in a layer": (
        '{"layers": [{"kind": "Flatten"}, {"kind": "Linear", "out_features": "10"}]}',
        r"layer 2 \(Linear\), out_features: .*got '10'",
    ),
    "true for a number": ('{"classes": true}', "integer, but got true"),
    "a number for true": (
        '{"layers": [{"kind": "Linear", "bias": 1}]}',
        r"layer 1 \(Linear\), bias: .*but got 1",
    ),
    "a fraction for a count": ('{"classes": 10.0}', "integer, but got 10.0"),
    "NaN": ('{"layers": [{"kind": "Dropout", "p": NaN}]}', r"layer 1 \(Dropout\), p: .*but got nan"),
    "infinity": ('{"layers": [{"kind": "Dropout", "p": 1e999}]}', "p: .*but got inf"),
    "infinite classes": ('{"classes": 1e999}', "integer, but got inf"),
    "nothing to tell apart": ('{"classes": 1}', "greater than or equal to 2, but got 1"),
    "a picture without height": ('{"input_shape": [1, 0, 28]}', "input_shape.1: .*but got 0"),
    "a picture with four sides": ('{"input_shape": [1, 28, 28, 1]}', "input_shape: at most 3"),
    "a picture with two sides": ('{"input_shape": [1, 28]}', "input_shape.2: the field is missing"),
    "an unknown kind": (
        '{"layers": [{"kind": "LSTM"}]}',
        "layer 1: there is no layer kind 'LSTM'; allowed are Conv2d",
    ),
    "a layer without kind": ('{"layers": [{}]}', "layer 1: the layer has no kind; allowed are Conv2d"),
    "a kind that is a list": ('{"layers": [{"kind": []}]}', "layer 1: there is no layer kind"),
    "a layer that is a number": ('{"layers": [5]}', "layer 1: .*but got 5"),
    "an unknown kind inside of a block": (
        '{"layers": [{"kind": "Residual", "layers": [{"kind": "ReLU"}, {"kind": "LSTM"}]}]}',
        r"layer 1 \(Residual\), inside layer 2: there is no layer kind 'LSTM'; allowed are Conv2d",
    ),
    "a block inside of a block": (
        '{"layers": [{"kind": "Residual", "layers": [{"kind": "Residual"}]}]}',
        r"layer 1 \(Residual\), inside layer 1: there is no layer kind 'Residual'",
    ),
    "a block of nothing": (
        '{"layers": [{"kind": "Residual", "layers": []}]}',
        r"layer 1 \(Residual\), layers: .*at least 1",
    ),
    "a wrong field inside of a block": (
        '{"layers": [{"kind": "Residual", "layers": [{"kind": "Conv2d", "out_channels": 0}]}]}',
        r"layer 1 \(Residual\), inside layer 1 \(Conv2d\), out_channels: .*but got 0",
    ),
    "65 layers in blocks": (
        json.dumps({"layers": [{"kind": "Inception"}] * 5}),
        "layers: 70 layers, counting those inside blocks; at most 64 are allowed",
    ),
    "an unknown field": ('{"color": "red"}', r"color: unknown field \(value 'red'\)"),
    "an unknown field of a layer": (
        '{"layers": [{"kind": "ReLU", "p": 1}]}',
        r"layer 1 \(ReLU\), p: unknown field",
    ),
    "a duplicate key": ('{"classes": 3, "classes": 4}', "the key 'classes' appears twice"),
    "a duplicate key in a layer": (
        '{"layers": [{"kind": "ReLU", "kind": "Tanh"}]}',
        "'kind' appears twice",
    ),
    "a step that torch has not": (
        '{"layers": [{"kind": "Conv2d", "padding": "same", "stride": 2}]}',
        "needs stride 1",
    ),
    "filters that cannot be shared out": (
        '{"layers": [{"kind": "Conv2d", "out_channels": 5, "groups": 2}]}',
        "5 filters cannot be divided among 2 groups",
    ),
    "too much padding": ('{"layers": [{"kind": "MaxPool2d", "padding": 2}]}', "more than half of the window"),
    "another format": ('{"format": 2}', "format: .*but got 2"),
    "no name": ('{"name": ""}', "name: .*at least 1 character"),
    "a blank name": ('{"name": "  "}', "name: a name consists of visible characters"),
    "a name that colors the terminal": (
        r'{"name": "\u001b[31mred"}',
        "name: a name consists of visible characters",
    ),
    "a name of two lines": (r'{"name": "a\nb"}', "name: a name consists of visible characters"),
    "a name of 81 characters": ('{"name": "' + "x" * 81 + '"}', "name: .*at most 80"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_is_refused_with_a_reason(case: str) -> None:
    """One short printable line says what is wrong, whatever the file contains."""
    text, message = REFUSED[case]
    with pytest.raises(DesignError, match=message) as refusal:
        Design.from_json(text)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("part", ['{"layers": [{"kind": "%s"}]}', '{"%s": 1}', '{"%s": 1, "%s": 2}'])
def test_a_bad_value_is_shown_shortened_and_escaped(part: str) -> None:
    """A key or a kind of 20,000 control characters does not fill the screen."""
    text = part.replace("%s", r"\u001b" * 5_000)
    with pytest.raises(DesignError) as refusal:
        Design.from_json(text)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 500


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["kind", "layers", "classes", "name", "p", "?"]), inner)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_a_design_or_refused(value: Any) -> None:
    """The result is a design or a DesignError, never anything else."""
    try:
        design = Design.from_json(json.dumps(value))
    except DesignError:
        return
    assert Design.from_json(design.to_json()) == design


def test_a_byte_order_mark_is_ignored() -> None:
    """Editors on Windows put one at the beginning of a file."""
    design = preset("article-1").design
    assert Design.from_json("\ufeff" + design.to_json()) == design
    assert Design.from_json(b"\xef\xbb\xbf" + design.to_json().encode()) == design


def test_a_design_is_frozen() -> None:
    """An edit creates a new design; the old one is unchanged, for undo."""
    design = stack(Dropout(p=0.5))
    edited = design.replace_row(0, (Dropout(p=0.25), Flatten()))
    assert design.layers == (Dropout(p=0.5),)
    assert edited.layers == (Dropout(p=0.25), Flatten())
