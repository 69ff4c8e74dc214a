"""Every text about a run is translated: in the pseudo-language all of it is in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from cnnlab.charts.changes import changes_text, flag_texts
from cnnlab.charts.curves import LiveCurves, curves_text, line_labels
from cnnlab.charts.inspection import confused, dead_words, panel, step_words
from cnnlab.charts.moments import with_newest_matrix
from cnnlab.charts.network import block_svg, network_svg
from cnnlab.charts.run_words import (
    SPEEDUPS,
    duration,
    epoch_title,
    headline,
    metrics,
    settings_not_in_name,
    shapes_text,
    state_text,
)
from cnnlab.charts.schedule import schedule_svg
from cnnlab.design.presets import PRESETS, preset
from cnnlab.engine.stopwatch import EpochTime
from cnnlab.engine.terminal import _EARLY_REASONS
from cnnlab.language import lazy, speaking
from cnnlab.language.catalogues import PSEUDO
from cnnlab.layers import Residual
from cnnlab.runs.endings import TITLES, epochs_text, reason_text
from cnnlab.runs.names import first_name, fork_name
from cnnlab.runs.records import STATES, Flag
from cnnlab.training.config import CHOICES, NAMES, TrainConfig, make_config
from cnnlab.training.race import RACE_SETTINGS, racers
from cnnlab.training.settings import all_settings, phrase, remark
from cnnlab.training.state import Position
from tests.charts.runs import curves, epoch, run
from tests.charts.test_run_review import SITUATIONS, review_of
from tests.events import inspection

# Names that people typed, and codes, which stay as they are.
KEPT = re.compile(r"my run|article-1|digits|float32|bfloat16|nan|e-\d+")
FLAGS = [Flag(3, {"learning_rate": 0.1, "batch_size": 32}), Flag(5, {"weight_decay": 0.1})]
UNUSUAL = make_config(
    epochs=3,
    batch_size=32,
    optimizer="sgd",
    learning_rate=0.1,
    momentum=0.5,
    weight_decay=0.1,
    l1=0.1,
    clip_norm=1.0,
    schedule="step",
    decay_factor=0.1,
    decay_epochs=1,
    loss="focal",
    class_weights="balanced",
    augmentation=0.1,
    flip=True,
    patience=2,
    target_accuracy=0.9,
    initialization="he",
    seed=1,
    device="cpu",
    precision="float32",
    fast=False,
)


def untranslated(text: str) -> str:
    """The letters outside all brackets, except names and codes."""
    depth, outside = 0, ""
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        outside += letter if not depth else " "
    return "".join(re.findall(r"[^\W\d_]+", KEPT.sub("", outside)))


@pytest.fixture(autouse=True)
def _in_brackets() -> Iterator[None]:
    with speaking(PSEUDO):
        yield


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_review(name: str) -> None:
    """Result, finding, advice and suggestions; the warnings from Build are tested with Build."""
    found = review_of(SITUATIONS[name])
    texts = [found.result, found.finding, found.advice, *(each.label for each in found.suggestions)]
    assert [rest for text in texts if (rest := untranslated(text))] == []


def _runs() -> list[str]:
    known = run("running")
    progress = replace(
        known.progress,
        seconds=200.0,
        images_per_second=5.0,
        device=lazy("Apple GPU"),
        ways=["cuda-graph"],
        test_accuracy=0.9,
        best_epoch=1,
        reason="diverged",
    )
    states = [run(state, config=UNUSUAL, progress=progress) for state in STATES]
    waiting = [run("queued", position=position) for position in (1, 2)]
    return [
        *(state_text(each) for each in states),
        *(state_text(run("running", command=command)) for command in ("pause", "batch", "change")),
        *(state_text(each, ahead) for each in waiting for ahead in ("", "my run")),
        *(reason_text(each) for each in states),
        *(epochs_text(each) for each in states),
        *(headline(each, "digits", FLAGS) for each in states),
        *(settings_not_in_name(each) for each in states),
        *(
            text
            for each in states
            for figure in metrics(each, (0.5, 50.0), epoch(1))
            for text in (figure.name, figure.value, figure.remark)
        ),
    ]


def _settings() -> list[str]:
    return [
        *(text for config in (UNUSUAL, TrainConfig()) for each in all_settings(config) for text in each[:2]),
        *(phrase(name, value) for config in (UNUSUAL, TrainConfig()) for name, value in config),
        *(remark(name) for name in NAMES),
        *(str(name) for name in NAMES.values()),
        *(
            str(text)
            for choices in CHOICES.values()
            for each in choices.values()
            for text in (each.title, each.about)
        ),
        *(str(text) for each in SPEEDUPS.values() for text in (each.title, each.about)),
        *map(str, [*RACE_SETTINGS.values(), *TITLES.values(), *STATES.values()]),
        *racers(UNUSUAL, "seed", [1, 2]),
        *racers(UNUSUAL, "learning_rate", [0.1, 0.2]),
        *racers(UNUSUAL, "optimizer", ["sgd", "adam"], {"sgd": 0.1, "adam": 0.01}),
        first_name(preset("article-1").design, "digits", UNUSUAL),
        fork_name("my run", 3, TrainConfig(), UNUSUAL),
        *(duration(seconds) for seconds in (0.0, 5.0, 50.0, 500.0, 5_000.0)),
        *(epoch_title(number, accuracy, 2, 3) for number in (0, 1, 2, 3) for accuracy in (None, 0.5)),
        shapes_text(preset("article-1").design),
        str(EpochTime(3.0, 8, 64, "nan")),
    ]


def _charts() -> list[str]:
    design = preset("article-1").design
    points = [epoch(1), epoch(2)]
    return [
        *(
            curves_text(curves(losses, known))
            for losses in ([], [0.5, 0.4])
            for known in ([], points[:1], points)
        ),
        *line_labels(design).values(),
        changes_text(TrainConfig(), FLAGS),
        *flag_texts(TrainConfig(), FLAGS),
        *(step_words(gradient, 10**-power, 1.0) for gradient in (0, 1e-9, 1) for power in range(8)),
        *(dead_words(share / 10) for share in range(11)),
        *(
            confused(matrix, ["nan", "nan"], of)
            for matrix in ([[0]], [[1, 0], [0, 1]], [[0, 2], [1, 1]])
            for of in (0, 9)
        ),
        str(panel(inspection(step=3), design, [])["where"]),
        with_newest_matrix(inspection(step=3), [])[1],
        *re.findall(r">([^<>]+)<", schedule_svg([0.1, 0.2], 3)),
    ]


@pytest.mark.parametrize("walk", [_runs, _settings, _charts])
def test_every_text(walk: Callable[[], list[str]]) -> None:
    """Of states, metrics, settings, charts and pictures."""
    assert [text for text in walk() if untranslated(text)] == []


def test_a_picture_of_a_network() -> None:
    """Its own texts; those of the layers are tested with the layers."""
    svg = network_svg(preset("article-1").design)
    assert "[Input~" in svg
    assert "[input " in svg
    residual = next(
        row for entry in PRESETS.values() for row in entry.design.layers if isinstance(row, Residual)
    )
    assert "then" in block_svg(residual, (16, 8, 8))


def test_each_viewer_reads_the_flags_in_their_own_language() -> None:
    """One cached drawing serves all viewers, in whatever order they come."""
    live, known = LiveCurves(), replace(curves([0.5] * 5), flags=FLAGS)
    first = live.drawing(run(), known)
    with speaking("en"):
        second = live.drawing(run(), known)
    assert live.drawing(run(), known) == first
    assert "[weight decay" in first
    assert '"weight decay 0 → 0.1"' in second.replace("\\u2192", "→")


def test_the_terminal_has_a_text_for_every_early_end() -> None:
    """Its keys are the reasons that the loop gives."""
    config = make_config(epochs=9, patience=1, target_accuracy=0.9)
    ends = [Position(epoch=2, best_accuracy=0.95), Position(epoch=2, epochs_without_gain=1)]
    assert {position.reason_to_stop(config) for position in ends} == set(_EARLY_REASONS)
