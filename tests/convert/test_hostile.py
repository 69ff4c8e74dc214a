"""Thousands of designs, many of them broken: errors have messages, and what is accepted is read correctly.

Some are always the same; ten thousand are new every day. `CNNLAB_SEED` brings those of another day back.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from cnnlab.convert import link, read_design, write_design
from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import preset
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError, LabError
from cnnlab.layers import Conv2d, Flatten, Layer, Linear, Residual
from cnnlab.layers.convolution import SlidingWindow
from tests.conftest import SEED
from tests.convert import articles
from tests.convert.strategies import Broken, broken_files, designs, refusal, trainable_designs
from tests.convert.test_torch_reading import EXAMPLE

# Fields that a rule across fields may name instead of the changed one.
_RELATED_FIELDS = ("padding", "groups", "layers", "kind")


def check_broken(broken: Broken) -> None:
    """Check that the file is accepted or refused; the error names the layer and field on one short line."""
    error = refusal(broken.text)
    if error is None:
        design = Design.from_json(broken.text)
        assert Design.from_json(design.to_json()) == design
        summarize(design)
        return
    message = str(error)
    assert message.isprintable()
    assert len(message) < 1_500
    assert error.where
    if broken.layer is not None and "this is not valid JSON" not in message and "bytes" not in message:
        assert f"layer {broken.layer + 1}" in message
        names = (repr(broken.field)[1:-1], *_RELATED_FIELDS)
        assert any(name in message for name in names) or len(broken.field) > 60


def check_design(design: Design) -> None:
    """Check that it can be summarized, and that files, links and code do not change it."""
    summary = summarize(design)
    assert all(problem.text for problem in summary.problems)
    assert Design.from_json(design.to_json()) == design
    assert link.decode(link.encode(design))[0] == design
    for kind in ("pytorch", "keras"):
        with suppress(DesignError):  # has a message; what can be written is checked below
            write_design(design, None, kind)


def beyond_keras(layer: Layer) -> bool:
    """Whether a layer, or one inside it, has a window that Keras does not support."""
    if isinstance(layer, Residual):
        return any(map(beyond_keras, layer.layers))
    return isinstance(layer, SlidingWindow) and layer.stride > 1 and layer.dilation > 1


def check_trainable(design: Design) -> None:
    """Check that the design is read back from its code."""
    for kind in ("pytorch", "keras"):
        if kind == "keras" and any(map(beyond_keras, design.layers)):
            with pytest.raises(DesignError, match="both a stride and a dilation"):
                write_design(design, None, kind)
            continue
        imported = read_design(write_design(design, None, kind))
        assert imported.design == as_built(design)
        assert imported.warnings == ()


def as_built(design: Design) -> Design:
    """The design without settings that have no effect: a norm after a projection that does not exist."""
    rows = summarize(design).rows
    return design.with_layers(
        tuple(
            layer.model_copy(update={"projection_norm": False})
            if isinstance(layer := row.layer, Residual)
            and not layer.branches(row.input_shape or ())[1].layers
            else layer
            for row in rows
        )
    )


quick = settings(max_examples=150, deadline=None, derandomize=True)
Check = Callable[[Any], None]


def thorough(count: int) -> Callable[[Check], Check]:
    """Run a property test with this many examples, the same ones every time."""
    everything = list(HealthCheck)
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=everything)


def fresh(count: int) -> Callable[[Check], Check]:
    """Run a property test with this many examples, new ones for every seed and none from an earlier run."""
    everything = list(HealthCheck)
    chosen = settings(max_examples=count, deadline=None, database=None, suppress_health_check=everything)
    return lambda test: seed(SEED)(chosen(test))


def replay_text() -> str:
    """How to get today's examples again."""
    return f"to see this again: CNNLAB_SEED={SEED}"


@quick
@given(broken_files())
def test_a_broken_file_is_refused_with_a_reason(broken: Broken) -> None:
    """The error names the layer and the field."""
    check_broken(broken)


@quick
@given(designs())
def test_a_design_survives_files_and_links(design: Design) -> None:
    """Whether or not it can be trained."""
    check_design(design)


@pytest.mark.slow
@quick
@given(trainable_designs())
def test_a_design_is_read_back_from_its_code(design: Design) -> None:
    """In PyTorch and Keras, for every kind, number and nesting."""
    check_trainable(design)


@pytest.mark.slow
@thorough(1_000)
@given(broken_files())
def test_a_thousand_broken_files(broken: Broken) -> None:
    """The same, a thousand times."""
    check_broken(broken)


@pytest.mark.slow
@thorough(1_000)
@given(designs())
def test_a_thousand_designs(design: Design) -> None:
    """The same, a thousand times."""
    check_design(design)


@pytest.mark.slow
@thorough(500)
@given(trainable_designs())
def test_hundreds_of_scripts(design: Design) -> None:
    """The same, five hundred times."""
    check_trainable(design)


@pytest.mark.slow
@pytest.mark.timeout(600)
@fresh(4_000)
@given(broken_files())
def test_thousands_of_new_broken_files(broken: Broken) -> None:
    """The same, with four thousand files that are new every day."""
    note(replay_text())
    check_broken(broken)


@pytest.mark.slow
@pytest.mark.timeout(600)
@fresh(4_000)
@given(designs())
def test_thousands_of_new_designs(design: Design) -> None:
    """The same, with four thousand designs that are new every day."""
    note(replay_text())
    check_design(design)


@pytest.mark.slow
@pytest.mark.timeout(600)
@fresh(2_000)
@given(trainable_designs())
def test_thousands_of_new_scripts(design: Design) -> None:
    """The same, with two thousand scripts that are new every day."""
    note(replay_text())
    check_trainable(design)


CODE = (
    articles.ARTICLE_1,
    articles.ARTICLE_4,
    EXAMPLE,
    *(write_design(preset("small-resnet").design, None, kind) for kind in ("keras", "pytorch")),
)
_FRAGMENTS = (
    *"()[]{},.:=*\"'\\#\n 9",
    *(
        "None",
        "x",
        "[x, x]",
        "(1, 2, 3)",
        "10**9",
        "-1",
        "model[:-1]",
        "range(9)",
        "lambda: 0",
        "Sequential()",
    ),
    *(
        "Dense(3)",
        "nn.Conv2d(1, 2, 3)",
        "Residual()",
        "add([x, x])",
        "Input(shape=5)",
        "x + x",
        "for x in x:",
    ),
)


@quick
@given(
    st.sampled_from(CODE),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(_FRAGMENTS), st.integers(0, 9))),
)
def test_damaged_code_is_refused_or_read(code: str, damages: list[tuple[float, str, int]]) -> None:
    """Letters, values and calls in the wrong position give an error, or a design that works."""
    for position, fragment, length in damages:
        at = int(position * len(code))
        code = code[:at] + fragment + code[at + length :]
    with suppress(LabError):
        imported = read_design(code)
        summarize(imported.design)
        write_design(imported.design, imported.config, "keras", imported.data)


def _file(**fields: Any) -> str:
    return json.dumps({"layers": [{"kind": "ReLU"}, {"kind": "Conv2d"} | fields]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_file(out_channels="8"), "layer 2 (Conv2d), out_channels: "),
        (_file(out_channels=True), "layer 2 (Conv2d), out_channels: "),
        (_file(bias=1), "layer 2 (Conv2d), bias: "),
        (_file(color="red"), "layer 2 (Conv2d), color: unknown field"),
        (_file(stride=float("nan")), "layer 2 (Conv2d), stride: "),
        (_file(stride=1).replace("1}", "1e999}"), "layer 2 (Conv2d), stride: "),
        (_file(stride=1).replace("1}", f"{'9' * 5_000}}}"), "layer 2 (Conv2d), stride: "),
        (_file(stride=1).replace("1}", '1, "stride": 2}'), "the key 'stride' appears twice"),
        (_file(stride=1).replace("1}", f"{'[' * 30_000}{']' * 30_000}}}"), "layer 2 (Conv2d)"),
        ('{"layers": ' + "[" * 100_000, "at most 65,536 bytes"),
        (_file(kind="Conv3d"), "there is no layer kind 'Conv3d'; allowed are Conv2d, "),
        (_file(out_channels=10**6), "layer 2 (Conv2d), out_channels: "),
        (json.dumps({"layers": [{"kind": "ReLU"}] * 65}), "layers: "),
        (json.dumps({"layers": [{"kind": "Residual"}] * 11}), "66 layers, counting those inside blocks"),
        (json.dumps({"classes": 10.0}), "classes: "),
        (json.dumps({"name": "a\nb"}), "name: "),
    ],
)
def test_hostile_files_are_refused_with_a_reason(text: str, expected: str) -> None:
    """Each known kind of attack, with its message."""
    assert expected in str(refusal(text))


def test_absurd_sizes_are_counted_and_never_built() -> None:
    """Parameters, activations and multiply-adds are limited before anything is allocated."""
    huge = Conv2d(out_channels=4_096, kernel_size=64, padding=64)
    design = Design(input_shape=(4, 512, 512)).with_layers(
        (huge, huge, huge, Flatten(), Linear(out_features=10))
    )
    problems = " ".join(str(problem.text) for problem in summarize(design).problems)
    assert all(noun in problems for noun in ("parameters", "multiply-adds", "activations"))
    with pytest.raises(DesignError, match="this lab allows"):
        write_design(design, None, "pytorch")


# --- links -------------------------------------------------------------------------------------------------


@quick
@given(st.text(max_size=300))
def test_any_text_as_a_link(text: str) -> None:
    """Any text is a link or refused."""
    for candidate in (text, f"1.{text}", f"https://lab/?design={text}"):
        with suppress(LabError):
            link.decode(candidate)
        with suppress(LabError):
            read_design(candidate)


@quick
@given(designs(), st.data())
def test_a_damaged_link_says_so(design: Design, data: st.DataObject) -> None:
    """One character changed or removed, or the end cut off: refused or, by luck, the same design."""
    text = link.encode(design)
    at = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from("AZaz09-_.!é "))
    for damaged in (text[:at] + sign + text[at + 1 :], text[:at] + text[at + 1 :], text[:at]):
        if damaged == text:
            continue
        with suppress(LabError):
            assert link.decode(damaged)[0].layers == design.layers


def packed(content: bytes) -> str:
    """A link with any content."""
    return "1." + urlsafe_b64encode(zlib.compress(content, 9)).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "link: it does not begin like a link of this lab"),
        ("2.abc", "Allowed: '1.' and what follows"),
        ("1.", "link: it is damaged"),
        ("1.????", "link: it is damaged"),
        (packed(b"{}")[:-4], "link: it is damaged"),
        ("1." + urlsafe_b64encode(zlib.compress(b"{}") + b"more").decode(), "link: it is damaged"),
        (packed(b"0" * 50_000_000), "it unpacks to more than a design may have. Allowed: 65,536 bytes."),
        ("1." + "A" * 70_000, "it has 70,002 characters. Allowed: at most 65,536."),
        (packed(b"[1]"), "the file contains a list, not a design"),
        (packed(b'{"classes": "8"}'), "classes: "),
        (packed(b'{}\n{"epochs": "8"}'), "link, epochs: Input should be a valid integer"),
        (packed(b'{}\n{"epochs": 8, "epochs": 9}'), "link: the key 'epochs' appears twice"),
        (packed(b'{}\n{"lr": 8}'), "link, lr: "),
        (packed(b'{}\n{"learning_rate": NaN}'), "link, learning_rate: "),
        (packed(b"{}\n\xff"), "link: this is not valid JSON"),
    ],
)
def test_a_bad_link_is_refused_with_a_reason(text: str, expected: str) -> None:
    """Another version, damaged, a decompression bomb, or invalid content."""
    with pytest.raises(LabError) as caught:
        link.decode(text)
    assert expected in str(caught.value)


def test_a_bomb_is_never_unpacked() -> None:
    """50 MB in 50 KB: never more than the size of a design is in memory."""
    import tracemalloc

    bomb = packed(b"0" * 50_000_000)
    assert len(bomb) < limits.MAX_DESIGN_BYTES + 10_000
    tracemalloc.start()
    with suppress(LabError):
        link.decode(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
