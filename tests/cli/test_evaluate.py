"""evaluate: the numbers for programs, the tables for people, and what cannot be evaluated."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from sklearn import metrics

from cnnlab.cli.main import main
from cnnlab.models.build import build
from cnnlab.models.weights import write_tensors
from cnnlab.reader.loaded_model import load_bundled, load_model
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from tests.catalogue import catalogue
from tests.conftest import ROOT
from tests.events import events
from tests.runs.conftest import KeepWeights, keep_weights, run, small_design

__all__ = ["keep_weights", "run", "small_design"]  # fixtures of the run store's tests

Captured = pytest.CaptureFixture[str]


def output(capsys: Captured, *arguments: str) -> str:
    """What a successful command prints."""
    with pytest.raises(SystemExit, match="0"):
        main(["evaluate", *arguments])
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def error(capsys: Captured, *arguments: str) -> str:
    """The one line that a failing command prints, and nothing else."""
    with pytest.raises(SystemExit, match="2"):
        main(["evaluate", *arguments])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("cnnlab: ")
    assert printed.err.count("\n") == 1
    return printed.err


def expected(model: torch.nn.Sequential) -> tuple[list[int], list[int]]:
    """The classes of the test digits, and a network's answers to them."""
    test = catalogue().load("digits").test
    with torch.inference_mode():
        return test.labels.tolist(), model(test.images / 255).argmax(1).tolist()


def assert_numbers(body: dict[str, Any], model: torch.nn.Sequential) -> None:
    """They are scikit-learn's."""
    labels, answers = expected(model)
    assert (body["data"], body["split"], body["pictures"]) == ("digits", "test", 250)
    assert body["accuracy"] == metrics.accuracy_score(labels, answers)
    assert body["confusion"] == metrics.confusion_matrix(labels, answers).tolist()
    by_class = metrics.precision_recall_fscore_support(labels, answers, zero_division=0)
    names = ("precision", "recall", "f1", "support")
    found = [[each[name] for name in names] for each in body["classes"]]
    assert found == [pytest.approx(row) for row in zip(*by_class, strict=True)]
    assert [each["class"] for each in body["classes"]] == list("0123456789")


def test_the_bundled_model_for_programs(capsys: Captured) -> None:
    """One line; the digits that come with the lab where MNIST is not on the machine."""
    text = output(capsys, "bundled", "--json")
    assert text.count("\n") == 1
    body = json.loads(text, parse_constant=pytest.fail)
    assert_numbers(body, load_bundled().model)
    assert (body["model"], body["epoch"]) == ("bundled", None)
    low, high = body["accuracy_interval"]
    assert low < body["accuracy"] < high
    assert body["accuracy"] <= body["top_k"]["2"] <= body["top_k"]["3"] <= body["top_k"]["5"] <= 1
    assert 0 < body["calibration_error"] < 0.05
    assert sum(row["answers"] for row in body["reliability"]) == 250


def test_a_run_on_the_data_that_it_learned_from(
    capsys: Captured, store: RunStore, run: Run, keep_weights: KeepWeights
) -> None:
    """Named by the beginning of its id; a network that has learned nothing leaves classes unanswered."""
    keep_weights(run, 0)
    body = json.loads(output(capsys, run.id[:9], "--json"))
    assert_numbers(body, load_model(store, catalogue(), run.id).model)
    assert (body["model"], body["name"], body["epoch"]) == (run.id, run.name, 0)
    assert 0 in [each["precision"] for each in body["classes"]]


def test_tables_for_people(capsys: Captured) -> None:
    """The accuracy with its interval, a row for each class, and both averages."""
    lines = output(capsys, "bundled").splitlines()
    assert lines[0] == "Bundled digit reader, 250 test pictures of Digits"
    assert lines[1].split() == ["accuracy", "98.8", "%,", "give", "or", "take", "1.5"]
    labels, answers = expected(load_bundled().model)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, answers)
    figures = f"{precision[7]:.1%} {recall[7]:.1%} {f1[7]:.1%}".replace("%", " %")
    assert f"7 {figures} {support[7]}" in [" ".join(line.split()) for line in lines]
    for average in ("macro average ", "weighted average "):
        assert sum(line.startswith(average) for line in lines) == 1
    row = " ".join(map(str, [9, *metrics.confusion_matrix(labels, answers)[9]]))
    assert row in [" ".join(line.split()) for line in lines]
    assert not any("never answered" in line for line in lines)


def test_a_fraction_without_a_meaning_is_explained(
    capsys: Captured, run: Run, keep_weights: KeepWeights
) -> None:
    """0/0 is shown as 0, and a line says so."""
    keep_weights(run, 0)
    text = output(capsys, run.name)
    assert "A class that is never answered has precision 0, one without pictures has recall 0." in text


def test_weights_that_are_not_numbers(capsys: Captured, store: RunStore, run: Run) -> None:
    """Are named, with the run."""
    weights = {name: value * torch.nan for name, value in build(run.design).state_dict().items()}
    sha256 = write_tensors(store.folder(run.id) / "epoch-0001.safetensors", weights)
    body = {"event": "checkpoint", "epoch": 1, "step": 10, "val_accuracy": None}
    store.record(run.id, events(body | {"file": "epoch-0001.safetensors", "sha256": sha256}))
    for arguments in ([run.id], [run.id, "--json"]):
        assert f"{run.name}: the network's scores are no longer numbers" in error(capsys, *arguments)


def test_a_run_without_weights(capsys: Captured, run: Run) -> None:
    """It is still in the queue."""
    assert "it has no weights yet" in error(capsys, run.id)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nope"], "there is no run 'nope'"),
        (["bundled", "--data", "digts"], "there is no data set 'digts'"),
        (["bundled", "--data", "cifar10"], "CIFAR-10: its pictures are 3×32×32, and this network reads"),
        (["bundled", "--data", "fashion-mnist"], "Fashion-MNIST: its classes are"),
        (["bundled", "--data", "kmnist", "--json"], "Kuzushiji-MNIST: its classes are"),
        (["bundled", "--data", "mnist"], "MNIST: its pictures are not on this machine"),
        (["bundled", "--data", "drawings"], "at least 20"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_evaluated(capsys: Captured, arguments: list[str], problem: str) -> None:
    """Is one line, with the exit status 2."""
    assert problem in error(capsys, *arguments)


@pytest.mark.slow
def test_a_trained_run_in_a_process_of_its_own(home_with_run: Path) -> None:
    """Its test accuracy is the one that was measured when its training ended."""
    command = [sys.executable, "-m", "cnnlab"]
    home = ["--home", str(home_with_run), "--json"]
    run = json.loads(subprocess.check_output([*command, "runs", *home], cwd=ROOT))
    body = json.loads(subprocess.check_output([*command, "evaluate", run["name"], *home], cwd=ROOT))
    assert body["model"] == run["run"]
    assert body["accuracy"] == run["test_accuracy"]
