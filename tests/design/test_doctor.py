"""What the shape doctor says of designs that work: warnings with reasons, and none where all is well."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.design.design import Design, Problem, apply_repair, require_trainable, summarize
from cnnlab.design.doctor import advise
from cnnlab.design.editing import ApplyRepair, begin, edit
from cnnlab.design.presets import PRESETS, preset
from cnnlab.layers import (
    KINDS,
    AnyLayer,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sigmoid,
    Softmax,
    Tanh,
)
from cnnlab.models.build import build, logits_part

SAME = Conv2d(out_channels=8, padding="same")
HEAD = (Flatten(), Linear(out_features=10))


def stack(*layers: AnyLayer, side: int = 28) -> Design:
    """A design of these layers."""
    return Design(name="stack", input_shape=(1, side, side), layers=layers)


def warnings(design: Design) -> list[Problem]:
    """The warnings, without notes."""
    return [problem for problem in advise(design) if problem.level == "warning"]


UNWISE: dict[str, tuple[Design, int | None, str]] = {
    "softmax in the middle": (
        stack(SAME, ReLU(), Flatten(), Linear(out_features=20), Softmax(), Linear(out_features=10)),
        4,
        "A Softmax inside the stack .*: Dense and the loss after it learn slowly",
    ),
    "two softmaxes": (
        stack(SAME, ReLU(), *HEAD, Softmax(), Softmax()),
        4,
        "A Softmax inside the stack .*: Softmax and the loss",
    ),
    "no activation between dense layers": (
        stack(SAME, ReLU(), Flatten(), Linear(out_features=64), Dropout(), Linear(out_features=10)),
        3,
        "no activation between this Dense and the next Dense: two linear layers in a row can do no more",
    ),
    "no activation between convolutions": (
        stack(SAME, BatchNorm2d(), AvgPool2d(), Conv2d(), ReLU(), *HEAD),
        0,
        "no activation between this Convolution and the next Convolution",
    ),
    "no activation inside of a block": (
        stack(SAME, ReLU(), Residual(layers=(SAME, SAME)), ReLU(), *HEAD),
        2,
        "Inside, layer 1: There is no activation between this Convolution and the next",
    ),
    "bias before batch norm": (
        stack(SAME, BatchNorm2d(), ReLU(), *HEAD),
        0,
        "Its bias does nothing: Batch norm subtracts the mean",
    ),
    "bias before batch norm of a vector": (
        stack(SAME, ReLU(), Flatten(), Linear(), BatchNorm1d(), ReLU(), Linear(out_features=10)),
        3,
        "Its bias does nothing: Batch norm of a vector subtracts the mean",
    ),
    "bias before batch norm inside of a block": (
        stack(Residual(layers=(SAME, BatchNorm2d(), ReLU())), *HEAD),
        0,
        "Inside, layer 1: Its bias does nothing",
    ),
    "kernel beyond its map": (
        stack(Conv2d(kernel_size=7, padding=3, out_channels=8), ReLU(), *HEAD, side=4),
        0,
        "The window of 7×7 is larger than the 4 pixels of its map",
    ),
    "dilated kernel beyond its map": (
        stack(Conv2d(padding="same", dilation=4, out_channels=8), ReLU(), *HEAD, side=8),
        0,
        "The window of 9×9 is larger than the 8 pixels of its map",
    ),
    "steps over pixels": (
        stack(Conv2d(kernel_size=3, stride=4, out_channels=64), ReLU(), *HEAD),
        0,
        "A window of 3×3 that moves by 4 skips the pixels in between",
    ),
    "a second ReLU": (stack(SAME, ReLU(), MaxPool2d(), ReLU(), *HEAD), 3, "This ReLU changes nothing"),
    "one heavy dense layer": (
        stack(SAME, ReLU(), Flatten(), Linear(out_features=128), ReLU(), Linear(out_features=10)),
        3,
        "This one Dense layer holds 99.8 % of all parameters",
    ),
    "sigmoids": (
        stack(*(SAME, Sigmoid()) * 3, *HEAD),
        1,
        "3 Sigmoid layers: .* at most 1/64 of it reaches the layers before them",
    ),
    "no bend": (stack(SAME, AvgPool2d(), *HEAD), None, "No layer of this stack is nonlinear: its 2 layers"),
    "scores cut off": (stack(SAME, ReLU(), *HEAD, ReLU()), 4, "This ReLU cuts off the scores below 0"),
    "scores squeezed": (stack(SAME, ReLU(), *HEAD, Tanh(), Softmax()), 4, "This Tanh squeezes the scores"),
    "scores dropped": (stack(SAME, ReLU(), *HEAD, Dropout(), Softmax()), 4, "This Dropout drops the scores"),
}


@pytest.mark.parametrize("case", UNWISE)
def test_a_warning_has_its_row_and_reason_and_does_not_prevent_training(case: str) -> None:
    """The design is unwise, but it works."""
    design, row, text = UNWISE[case]
    require_trainable(design)
    found = [problem for problem in warnings(design) if problem.row == row]
    assert found, warnings(design)
    with pytest.raises(AssertionError, match=text):
        raise AssertionError(" | ".join(str(problem.text) for problem in found))


@pytest.mark.parametrize("case", [case for case in UNWISE if case != "no bend"])
def test_a_repair_removes_its_warning(case: str) -> None:
    """After one click the design still works, and the warning is gone."""
    design, row, _ = UNWISE[case]
    problem = next(problem for problem in warnings(design) if problem.row == row and problem.repairs)
    repaired = apply_repair(design, problem, problem.repairs[0])
    assert summarize(repaired).ok
    assert problem not in advise(repaired)


@pytest.mark.parametrize(
    "design",
    [
        stack(SAME, ReLU(), MaxPool2d(), Flatten(), Linear(out_features=10)),
        stack(SAME, MaxPool2d(), Conv2d(padding="same"), ReLU(), MaxPool2d(), *HEAD),
        stack(Conv2d(bias=False), BatchNorm2d(), ReLU(), MaxPool2d(kernel_size=8, stride=8), *HEAD),
        stack(SAME, ReLU(), DepthwiseConv2d(), Conv2d(kernel_size=1), ReLU(), AvgPool2d(), *HEAD),
        stack(*(SAME, BatchNorm2d(), Sigmoid()) * 3, *HEAD).replace_row(0, (SAME, ReLU())),
        stack(SAME, Tanh(), Flatten(), Dropout(), Linear(out_features=10)),
        stack(Residual(), ReLU(), Residual(), ReLU(), *HEAD),
        stack(*HEAD),
    ],
)
def test_no_false_alarm(design: Design) -> None:
    """Ordinary good stacks get no warnings, apart from those about a bias."""
    assert [problem.text for problem in warnings(design) if "bias" not in str(problem.text)] == []


TRUE_OF_PRESETS = {
    "article-4": ["This one Dense layer holds 91.1 %"],
    "article-5": ["This one Dense layer holds 99.8 %"],
    "digit-reader": ["Its bias does nothing: Batch norm ", "Its bias does nothing: Batch norm of a vector"],
}


@pytest.mark.parametrize("name", PRESETS)
def test_good_presets_get_only_true_warnings(name: str) -> None:
    """The remaining ones are facts that the preset is meant to show."""
    texts = [str(problem.text) for problem in warnings(preset(name).design)]
    if preset(name).family == "bad":
        return
    expected = TRUE_OF_PRESETS.get(name, [])
    assert len(texts) == len(expected)
    assert all(text.startswith(start) for text, start in zip(texts, expected, strict=True))


def test_a_last_softmax_gets_a_note_not_a_warning() -> None:
    """It is harmless, because the lab computes the loss on the row before it; the note says so."""
    (note,) = advise(stack(SAME, ReLU(), *HEAD, Softmax()))
    assert (note.level, note.row, note.repairs) == ("note", 4, ())
    assert "computes it on the row before this Softmax" in str(note.text)


def test_one_layer_of_weights_is_noted_as_a_baseline() -> None:
    """A linear classifier is not a mistake."""
    (note,) = advise(stack(*HEAD))
    assert (note.level, note.row) == ("note", 1)


def test_repairs_of_one_row_differ_in_their_codes_and_labels() -> None:
    """Each layer inside a block has its own repair."""
    block = Residual(layers=(SAME, SAME, SAME, BatchNorm2d()))
    repairs = [problem.repairs[0] for problem in warnings(stack(block, ReLU(), *HEAD))]
    assert len({repair.code for repair in repairs}) == 3
    assert [str(repair.label) for repair in repairs] == [
        "inside, layer 3: remove the bias",
        "inside, layer 1: insert ReLU after it",
        "inside, layer 2: insert ReLU after it",
    ]


def test_a_design_that_cannot_work_gets_no_advice_on_the_whole() -> None:
    """Only layers before the problem may get warnings."""
    broken = stack(SAME, BatchNorm2d(), Linear(), Linear(), Sigmoid(), Sigmoid(), Sigmoid())
    assert [problem.row for problem in advise(broken)] == [0]


def test_a_warning_is_repaired_like_a_problem() -> None:
    """With one click in the editor, in the row that the repair names."""
    history = begin(preset("article-5").design)
    heavy = warnings(history.design)[0]
    assert heavy.row == 5
    repaired, _ = edit(history, ApplyRepair(id=5, repair=heavy.repairs[0].code))
    assert [layer.kind for layer in repaired.design.layers[3:7]] == [
        "Dropout",
        "MaxPool2d",
        "Flatten",
        "Linear",
    ]
    assert repaired.stack.ids[:4] == (0, 1, 2, 3)
    assert repaired.stack.ids[5:] == history.stack.ids[4:]


# ---- the reasons, measured


def test_a_bias_before_batch_norm_really_does_nothing() -> None:
    """In training mode torch's output is the same, whatever the bias."""
    model = build(stack(SAME, BatchNorm2d(), ReLU(), *HEAD)).train()
    images = torch.rand(8, 1, 28, 28)
    expected = model(images)
    model.state_dict()["0.bias"] += 5
    torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-4)


def test_sigmoids_really_pass_no_more_than_a_quarter_each() -> None:
    """The gradient before three sigmoids, at its largest in a batch."""
    x = torch.linspace(-4, 4, 1_001, requires_grad=True)
    x.sigmoid().sigmoid().sigmoid().sum().backward()
    assert x.grad is not None
    assert x.grad.abs().max() <= 1 / 64


def test_two_linear_layers_are_really_one() -> None:
    """The product of their weights computes the same."""
    model = logits_part(build(stack(Flatten(), Linear(out_features=64), Linear(out_features=10))))
    first, bias, second, last_bias = model.parameters()
    images = torch.rand(4, 1, 28, 28)
    one = images.flatten(1) @ (second @ first).T + second @ bias + last_bias
    torch.testing.assert_close(model(images), one)


# ---- arbitrary designs

anything = st.one_of(
    st.sampled_from([KINDS[kind].model_validate({}) for kind in KINDS]),
    st.builds(
        Conv2d,
        out_channels=st.just(4),
        kernel_size=st.integers(1, 30),
        stride=st.integers(1, 5),
        padding=st.integers(0, 20),
        dilation=st.integers(1, 4),
    ),
    st.sampled_from([SAME, *HEAD, ReLU(), Sigmoid(), Residual(layers=(SAME, SAME)), Residual(layers=HEAD)]),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(layers=st.lists(anything, max_size=8), choices=st.lists(st.integers(0, 9), min_size=60, max_size=60))
def test_clicking_every_warning_away_ends_with_a_design_that_works(
    layers: list[Any], choices: list[int]
) -> None:
    """Problems first, then warnings: whichever repairs are clicked, none is refused, and there is an end."""
    design = stack(*layers)
    for choice in choices:
        summary = summarize(design)
        clickable = [p for p in (*summary.problems[:1], *advise(design, summary)) if p.repairs]
        if not clickable:
            assert summary.ok
            return
        problem = clickable[0]
        design = apply_repair(design, problem, problem.repairs[choice % len(problem.repairs)])
    pytest.fail(f"60 clicks were not enough: {design}")
