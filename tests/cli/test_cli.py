"""The contract for programs, through real processes: shapes of answers, errors in one line, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab import __version__
from cnnlab.cli.main import COMMANDS, main
from cnnlab.design.design import Design
from cnnlab.design.presets import PRESETS
from cnnlab.layers import Flatten, Linear
from cnnlab.models.weights import read_tensors
from cnnlab.runs.locks import FileLock
from cnnlab.runs.store import RunStore
from cnnlab.training.config import make_config
from tests.catalogue import catalogue
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
NAMES = [
    "article-1",
    "article-2",
    "article-3",
    "article-3-deep",
    "article-4",
    "article-5",
    "lenet-5",
    "tiny-vgg",
]
BATCHES = 21  # an epoch of digits in batches of 64

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and pipes")


def command(*arguments: object) -> list[str]:
    """The command line as a person types it."""
    return [sys.executable, "-m", "cnnlab", *map(str, arguments)]


def cnnlab(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process until it ends."""
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=120)


def started(*arguments: object) -> subprocess.Popen[str]:
    """Start the command in a separate process, which Ctrl-C reaches as in a terminal."""
    return subprocess.Popen(
        command(*arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects, one per line; NaN and Infinity, which JSON does not have, are errors."""
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


def json_output(*arguments: object) -> list[dict[str, Any]]:
    """The output of a successful command with --json."""
    done = cnnlab(*arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return objects(done.stdout)


def error_line(*arguments: object) -> str:
    """The error of a failing command: exit status 2, one line on stderr, nothing on stdout."""
    done = cnnlab(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("cnnlab: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


# ---- quick commands


def test_version() -> None:
    """Name and number."""
    assert cnnlab("--version").stdout == f"cnnlab {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps(name: str) -> None:
    """With what it does."""
    done = cnnlab(name, "--help")
    assert done.returncode == 0
    about = str(COMMANDS[name].about)
    assert " ".join(about.split()) in " ".join(done.stdout.split())


def test_presets() -> None:
    """The promised names, each a design that `summary` accepts."""
    presets = json_output("presets")
    names = [body["preset"] for body in presets]
    assert [name for name in names if name in NAMES] == NAMES
    assert presets[names.index("article-1")]["parameters"] == 121_930
    lines = cnnlab("presets").stdout.splitlines()
    assert [line.split()[0] for line in lines] == names


def test_summary_has_a_row_for_each_layer_and_totals() -> None:
    """Article 1: rows in order with exactly the promised fields, the totals last."""
    *rows, last = json_output("summary", "article-1")
    assert [row["row"] for row in rows] == list(range(len(rows)))
    assert all(list(row) == ["row", "kind", "output_shape", "parameters", "macs"] for row in rows)
    assert rows[0] == {
        "row": 0,
        "kind": "Conv2d",
        "output_shape": [32, 26, 26],
        "parameters": 320,
        "macs": 194_688,
    }
    assert last == {
        "totals": {
            "parameters": sum(row["parameters"] for row in rows),
            "macs": sum(row["macs"] for row in rows),
        }
    }
    assert last["totals"]["parameters"] == 121_930


def test_summary_is_a_table_with_totals() -> None:
    """For people: shapes, thousands separators, and the total."""
    text = cnnlab("summary", "article-1").stdout
    assert re.search(r"^ *0 +Conv2d 32.* 32×26×26 +320 +194,688", text, re.M)
    assert re.search(r"^ +total +121,930 ", text, re.M)


def test_summary_of_a_design_file(tmp_path: Path) -> None:
    """The command reads what the lab saved."""
    file = tmp_path / "mine.json"
    design = Design(name="mine").with_layers((Flatten(), Linear(out_features=10)))
    file.write_text(design.to_json(), encoding="utf-8")
    assert json_output("summary", file)[-1]["totals"] == {"parameters": 7_850, "macs": 7_840}


@posix
@pytest.mark.parametrize("arguments", [["presets", "--json"], ["presets"], ["summary", "tiny-vgg"]])
def test_a_closed_pipe_is_not_an_error(arguments: list[str]) -> None:
    """As in `... | head -1`."""
    process = started(*arguments)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 0


def broken(tmp_path: Path, text: str) -> Path:
    """A design file with this in it."""
    file = tmp_path / "broken.json"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["summary"], "required: design"),
        (["summary", "article-9"], "no preset or file 'article-9'"),
        (["summary", "nowhere.json"], "nowhere.json: the file cannot be read"),
        (["train", "lenet-5", "--epochs", "1"], "required: --data"),
        (["train", "lenet-5", "--data", "digits"], "required: --epochs"),
        (["train", "lenet-5", "--data", "digts", "--epochs", "1"], "no data set 'digts'"),
        (["train", "lenet-5", "--data", "digits", "--epochs", "many"], "invalid int value: 'many'"),
        (["train", "lenet-5", "--data", "digits", "--epochs", "0"], "epochs: got 0"),
        (["train", "lenet-5", "--data", "digits", "--epochs", "1", "--lr", "nan"], "learning rate: got nan"),
        (["train", "lenet-5", "--data", "digits", "--epochs", "1", "--optimizer", "magic"], "'adam'"),
        (["train", "lenet-5", "--data", "digits", "--epochs", "1", "--device", "tpu"], "'cuda'"),
        (["train", "article-9", "--data", "digits", "--epochs", "1"], "no preset or file"),
        (["resume", "nope"], "there is no run 'nope'"),
        (["export", "nope", "somewhere"], "there is no run 'nope'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_one_line(arguments: list[str], problem: str) -> None:
    """It names the problem; the exit status is 2."""
    assert problem in error_line(*arguments)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("not JSON", "this is not valid JSON"),
        ("[1, 2]", "contains a list, not a design"),
        ('{"layers": [{"kind": "Warp"}]}', "no layer kind 'Warp'"),
        ('{"layers": [{"kind": "Linear", "out_features": 10}]}', "insert Flatten"),
        ('{"layers": []}', "The stack is empty"),
        (" " * 100_000, "at most 65,536 bytes"),
    ],
    ids=["text", "list", "kind", "misfit", "empty", "huge"],
)
def test_a_broken_design_file_is_one_line(tmp_path: Path, text: str, problem: str) -> None:
    """For both summary and train."""
    file = broken(tmp_path, text)
    assert problem in error_line("summary", file)
    assert problem in error_line("train", file, "--data", "digits", "--epochs", 1)


def test_an_unusable_home_folder_is_one_line(tmp_path: Path) -> None:
    """Here a file where the folder should be."""
    (tmp_path / "file").touch()
    assert "cannot be opened" in error_line("runs", "--home", tmp_path / "file")


def test_an_empty_home_has_no_runs(tmp_path: Path) -> None:
    """The list is empty, without an error."""
    assert json_output("runs", "--home", tmp_path / "home") == []


def test_a_run_held_by_the_lab_is_not_resumed(store: RunStore) -> None:
    """The lab is training it or has it in its queue."""
    run = store.queue(PRESETS["lenet-5"].design, "digits", make_config())
    assert "already running it" in error_line("resume", run.id)
    store.change_state(run.id, {"queued"}, "running")
    with store.training_lock(run.id):
        assert "already running it" in error_line("resume", run.id)


def test_a_racer_that_waits_for_its_turn_is_not_resumed(store: RunStore) -> None:
    """As long as a lab is open that will give it one."""
    run = store.queue(PRESETS["lenet-5"].design, "digits", make_config(), race="a race")
    store.change_state(run.id, {"queued"}, "running")
    with FileLock(store.home / "server.lock"):
        assert "already running it" in error_line("resume", run.id)


def test_the_worker_ends_with_its_orders() -> None:
    """No orders, no work, no error."""
    done = subprocess.run(
        command("worker"), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


# ---- training


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of this file's runs."""
    return tmp_path_factory.mktemp("cli") / "home"


@pytest.fixture(scope="module")
def run_events(home: Path) -> list[dict[str, Any]]:
    """The events of a run of two epochs with --json."""
    arguments = ("--data", "digits", "--epochs", 2, "--batch-size", 64, "--lr", 0.002, "--optimizer", "adamw")
    return json_output("train", "lenet-5", *arguments, "--seed", 3, "--device", "cpu", "--home", home)


def test_train_prints_its_events(run_events: list[dict[str, Any]]) -> None:
    """Each with its name and the run's id; single batches, and the untrained network's checkpoint too."""
    assert {body["run"] for body in run_events} == {run_events[0]["run"]}
    assert all(list(body)[:2] == ["event", "run"] for body in run_events)
    epoch = [*BATCHES * ["batch"], "epoch", "checkpoint"]
    assert [body["event"] for body in run_events] == ["started", "checkpoint", *epoch, *epoch, "finished"]
    assert [body["step"] for body in run_events if body["event"] == "batch"] == list(
        range(1, 2 * BATCHES + 1)
    )


def test_train_ends_with_its_results(run_events: list[dict[str, Any]]) -> None:
    """Accuracies are fractions."""
    last = run_events[-1]
    assert {"event", "run", "epochs", "val_accuracy", "test_accuracy", "seconds", "images_per_second"} <= set(
        last
    )
    assert last["epochs"] == 2
    assert 0.5 < last["val_accuracy"] <= 1
    assert 0.5 < last["test_accuracy"] <= 1
    assert last["images_per_second"] == pytest.approx(2 * 1_297 / last["seconds"])


def test_runs_lists_it(home: Path, run_events: list[dict[str, Any]]) -> None:
    """With state, results and the whole configuration."""
    (run,) = [body for body in json_output("runs", "--home", home) if body["run"] == run_events[0]["run"]]
    assert (run["state"], run["data"], run["epochs"]) == ("finished", "digits", 2)
    assert run["test_accuracy"] == run_events[-1]["test_accuracy"]
    assert run["config"]["optimizer"] == "adamw"
    assert (run["config"]["learning_rate"], run["config"]["seed"]) == (0.002, 3)
    assert f"{run['run']}  finished" in cnnlab("runs", "--home", home).stdout


def test_a_finished_run_is_not_resumed(home: Path, run_events: list[dict[str, Any]]) -> None:
    """There is nothing left to do. The beginning of its id is enough to name it."""
    assert "nothing to resume" in error_line("resume", run_events[0]["run"][:9], "--home", home)


def test_export_writes_design_and_weights(
    home: Path, run_events: list[dict[str, Any]], tmp_path: Path
) -> None:
    """A folder that another lab can read."""
    with pytest.raises(SystemExit, match="0"):
        main(["export", run_events[0]["run"], str(tmp_path / "mine"), "--home", str(home)])
    assert Design.from_json((tmp_path / "mine" / "design.json").read_bytes()) == PRESETS["lenet-5"].design
    tensors, figures = read_tensors(tmp_path / "mine" / "model.safetensors")
    assert sum(tensor.numel() for tensor in tensors.values()) == 61_706
    assert figures["run"] == run_events[0]["run"]


@posix
def test_train_draws_a_bar_on_a_terminal(tmp_path: Path) -> None:
    """With a line for each epoch."""
    import pty
    import termios

    screen, keyboard = pty.openpty()
    termios.tcsetwinsize(keyboard, (24, 100))
    arguments = ("train", "lenet-5", "--data", "digits", "--epochs", 1, "--home", tmp_path)
    process = subprocess.Popen(command(*arguments), cwd=ROOT, stdout=keyboard, stderr=keyboard)
    os.close(keyboard)
    text = _read_all(screen)
    assert process.wait() == 0
    assert re.search(r"epoch 1/1: +100%\|█+\| 21/21", text)
    assert re.search(r"epoch 1/1: training loss [\d.]+, accuracy [\d.]+%; validation loss", text)
    assert re.search(r"test accuracy [\d.]+% \(weights of epoch 1\)", text)


def _read_all(screen: int) -> str:
    parts = []
    try:
        while part := os.read(screen, 65_536):
            parts.append(part)
    except OSError:  # Linux: the other end is closed
        pass
    os.close(screen)
    return b"".join(parts).decode()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has an NVIDIA GPU")
def test_a_failure_is_an_event_and_a_line(tmp_path: Path) -> None:
    """Here because there is no GPU: programs read it on stdout, people on stderr."""
    design = broken(tmp_path, Design(name="mine").with_layers((Flatten(), Linear(out_features=10))).to_json())
    done = cnnlab("train", design, "--data", "digits", "--epochs", 1, "--device", "cuda", "--json")
    assert done.returncode == 2
    (failed,) = objects(done.stdout)
    assert failed["event"] == "failed"
    assert "'cuda' was asked for" in failed["message"]
    assert done.stderr == f"cnnlab: {failed['message']}\n"
    assert json_output("runs")[0]["state"] == "failed"


@posix
def test_ctrl_c_keeps_the_run_and_says_how_to_resume(tmp_path: Path) -> None:
    """The command that it names finishes the run, and no batch is done twice."""
    where = tmp_path / "a home"
    process = started("train", "lenet-5", "--data", "digits", "--epochs", 6, "--json", "--home", where)
    assert process.stdout is not None
    run_events = [json.loads(process.stdout.readline())]
    while run_events[-1]["event"] != "checkpoint" or run_events[-1]["epoch"] < 2:
        run_events.append(json.loads(process.stdout.readline()))
    process.send_signal(signal.SIGINT)
    rest, stderr = process.communicate(timeout=60)
    run_events += objects(rest)
    assert process.returncode == 130
    assert run_events[-1]["event"] == "stopped"
    named = re.fullmatch(r"cnnlab: stopped; `(.*)` continues it\n", stderr)
    assert named, stderr
    resume = shlex.split(named[1])
    assert resume[:3] == ["python", "-m", "cnnlab"]
    resumed = objects(cnnlab(*resume[3:], "--json").stdout)
    assert resumed[-1]["event"] == "finished"
    steps = [body["step"] for body in run_events + resumed if body["event"] == "batch"]
    assert steps == list(range(1, 6 * BATCHES + 1))


@posix
def test_a_closed_pipe_ends_the_training_quietly(tmp_path: Path) -> None:
    """As in `train --json | head -1`: no traceback, and the run can be resumed."""
    process = started("train", "lenet-5", "--data", "digits", "--epochs", 500, "--json", "--home", tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["event"] == "started"
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(60)
    (run,) = json_output("runs", "--home", tmp_path)
    assert run["state"] == "interrupted"
    assert "Resume continues" in run["message"]


@posix
def test_ctrl_c_before_the_first_batch_prints_no_traceback(tmp_path: Path) -> None:
    """While torch is still loading there is nothing to save."""
    process = started("train", "lenet-5", "--data", "digits", "--epochs", 1, "--home", tmp_path)
    while not (tmp_path / "lab.db").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in stderr


# ---- predictions


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One digit of each class: dark on light and light on dark, small and large, gray and color."""
    folder = tmp_path_factory.mktemp("pictures")
    test = catalogue(folder).load("digits").test
    for label in range(10):
        ink = test.images[int((test.labels == label).nonzero()[0])][0].numpy()
        picture = Image.fromarray(ink if label % 2 else 255 - ink).resize(
            [(28, 28), (300, 300)][label % 3 > 0]
        )
        picture.convert("RGB" if label % 4 else "L").save(folder / f"{label}.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def read(pictures: Path) -> subprocess.CompletedProcess[str]:
    """The bundled model's output for a blank sheet, a text file, a missing file, and the folder."""
    blank = pictures.parent / "blank.png"
    Image.new("L", (50, 50), 255).save(blank)
    return cnnlab("predict", blank, pictures / "notes.txt", "nowhere.png", pictures, "--json")


def test_predict_reads_a_folder_of_drawings(pictures: Path, read: subprocess.CompletedProcess[str]) -> None:
    """Sorted by name, with probabilities that add up to 1; the bundled model reads at least 9 of 10."""
    results = objects(read.stdout)
    assert [body["file"] for body in results] == [str(pictures / f"{label}.png") for label in range(10)]
    names = ["file", "label", "confidence", "sure", "kind", "reason", "probabilities"]
    assert all(list(body) == names for body in results)
    for body in results:
        assert sum(body["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert body["confidence"] == max(body["probabilities"].values())
        assert body["probabilities"][body["label"]] == body["confidence"]
    assert np.mean([body["label"] == Path(body["file"]).stem for body in results]) >= 0.9


def test_predict_reports_each_bad_picture(pictures: Path, read: subprocess.CompletedProcess[str]) -> None:
    """On a line each; the others are still read, and the exit status is 2."""
    assert read.returncode == 2
    bad = [pictures.parent / "blank.png", pictures / "notes.txt", "nowhere.png"]
    lines = read.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [["cnnlab", str(file)] for file in bad]


def test_predict_with_a_run(home: Path, run_events: list[dict[str, Any]], pictures: Path) -> None:
    """Its best weights; a picture is named as it was given."""
    run = run_events[0]["run"]
    done = cnnlab("predict", "--model", run, pictures / "0.png", pictures / "1.png", "--home", home)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(pictures / "0.png"), str(pictures / "1.png")]
    assert all(re.search(r"\d \(\d+\.\d%\)", line) for line in lines)


def test_explain_with_a_run(home: Path, run_events: list[dict[str, Any]], pictures: Path) -> None:
    """The network of its best epoch, named as everywhere: the score of the answer that `predict` gives."""
    run, picture = run_events[0]["run"], pictures / "1.png"
    (read,) = json_output("predict", "--model", run, picture, "--home", home)
    scores = [
        json_output("explain", run, picture, "--row", 11, "--channel", label, "--home", home)[0]["value"]
        for label in (int(read["label"]), (int(read["label"]) + 1) % 10)
    ]
    assert scores[0] > scores[1]


def test_predict_doubts_what_the_pad_doubts(tmp_path: Path) -> None:
    """Two digits side by side: not sure, with the reason; a single one is read."""
    test = catalogue(tmp_path).load("digits").test
    nine, two = (test.images[int((test.labels == label).nonzero()[0])][0].numpy() for label in (9, 2))
    gap = np.zeros((28, 12), np.uint8)
    sheets = {"one": nine, "both": np.hstack([nine, gap, two])}
    for name, ink in sheets.items():
        height, width = ink.shape
        Image.fromarray(255 - ink).resize((10 * width, 10 * height)).save(tmp_path / f"{name}.png")
    read = cnnlab("predict", tmp_path / "one.png", tmp_path / "both.png", "--json")
    one, both = objects(read.stdout)
    assert (read.returncode, one["sure"], one["label"]) == (0, True, "9")
    assert (both["sure"], both["kind"]) == (False, "two")
    assert "two things side by side" in both["reason"]
    text = cnnlab("predict", tmp_path / "both.png").stdout
    assert "both.png: not sure. These look like two things side by side" in text


def test_predict_needs_something_to_read(tmp_path: Path) -> None:
    """An empty folder is an error."""
    assert "no picture in this folder" in error_line("predict", tmp_path)


STARVED = """
import resource, sys
import psutil
from cnnlab.cli.main import main
from cnnlab.convert.files import open_design
open_design("article-1")
limit = psutil.Process().memory_info().vms + 20_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
main(["convert", sys.argv[1], "-", "--to", "json"])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS is Linux's")
def test_a_full_memory_is_one_line(tmp_path: Path) -> None:
    """A notebook full of pictures, and no memory to read it."""
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 18_000_000}}
    cell = {"cell_type": "code", "source": ["Sequential([Dense(10)])"], "outputs": [picture]}
    notebook = tmp_path / "network.ipynb"
    notebook.write_text(json.dumps({"cells": [cell], "nbformat": 4}))
    command = [sys.executable, "-c", STARVED, str(notebook)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("cnnlab: the memory is full. ")
