"""Studies in their own process: results, progress, an end by force, and what is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from sklearn.metrics import accuracy_score, log_loss

from cnnlab.data import Catalogue
from cnnlab.ground.errors import LabError, RunError, WeightsError
from cnnlab.ground.home import Folders
from cnnlab.models.weights import read_tensors, write_tensors
from cnnlab.runs.events import Checkpoint
from cnnlab.runs.store import RunStore
from cnnlab.studies.desk import Studies
from cnnlab.studies.kinds import graded_answers
from cnnlab.studies.question import BUNDLED, Question, question_about
from cnnlab.studies.results import Arrays
from tests.conftest import ROOT
from tests.lab import command_of
from tests.processes import replace_python, survivors

pytestmark = pytest.mark.slow


class Desk:
    """A desk in a home folder, with what a screen does at it."""

    def __init__(self, home: Path) -> None:
        self.store = RunStore(home)
        self.catalogue = Catalogue(Folders(home, None))
        self.studies = Studies(self.store, self.catalogue)

    def ask(
        self,
        network: str = BUNDLED,
        epoch: int = 0,
        data: str = "digits",
        study: str = "grade",
        about: str = "",
    ) -> Question:
        """A question; how good a network is, unless it says something else."""
        return question_about(self.store, self.catalogue, study, network, epoch, data, about)

    def answer(self, question: Question, patience: float = 60) -> Arrays:
        """Begin the study and wait for its result; raises the LabError that ended it."""
        self.studies.begin(question)
        self.wait_while(question, ("waiting", "running"), patience)
        found = self.studies.found(question)
        assert found is not None
        return found

    def wait_while(self, question: Question, states: tuple[str, ...], patience: float = 60) -> None:
        """Wait as long as the study is in one of these states."""
        deadline = time.monotonic() + patience
        while self.studies.progress(question).state in states:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def process(self, question: Question) -> psutil.Process:
        """The process of a study that has begun."""
        self.wait_while(question, ("none", "waiting"))
        deadline = time.monotonic() + 60
        while not (found := children()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return found[0]


def children(parent: int | None = None) -> list[psutil.Process]:
    """The processes of studies that another one, by default this one, has started."""
    family = psutil.Process(parent).children(recursive=True)
    return [each for each in family if "cnnlab.studies.process" in command_of(each)]


@pytest.fixture
def desk(home_with_run: Path) -> Iterator[Desk]:
    """The desk of a lab with one finished run on the digits."""
    opened = Desk(home_with_run)
    yield opened
    opened.studies.close()
    opened.store.close()


def run_of(desk: Desk) -> str:
    """The id of its only run."""
    return desk.store.runs()[0].id


def test_the_answers_are_those_of_the_run(desk: Desk) -> None:
    """By scikit-learn's measure: as accurate as the test at the run's end."""
    run = desk.store.run(run_of(desk))
    graded = graded_answers(desk.answer(desk.ask(run.id, run.progress.best_epoch or 0)))
    assert accuracy_score(graded.truth, graded.label) == run.progress.test_accuracy
    shares = graded.probabilities.double()
    expected = log_loss(graded.truth, shares / shares.sum(1, keepdim=True), labels=range(10))
    assert float(graded.losses.mean()) == pytest.approx(expected, rel=1e-4)


def test_a_result_is_kept(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another server finds it, and starts no process for it."""
    question = desk.ask(run_of(desk), 2)
    first = desk.answer(question)
    replace_python(tmp_path, "exit 3", monkeypatch)
    other = Desk(desk.store.home)
    again = other.studies.found(other.ask(run_of(desk), 2))
    assert again is not None
    for name, values in first.items():
        np.testing.assert_array_equal(again[name], values)
    other.store.close()


def test_new_weights_of_an_epoch_have_no_result_yet(desk: Desk) -> None:
    """A run that was started over, for example: what is kept is that of other weights."""
    run = run_of(desk)
    before = desk.ask(run, 2)
    first = desk.answer(before)
    old = desk.store.checkpoints(run)[-1]
    tensors, _numbers = read_tensors(old.path, old.sha256)
    changed = {name: -values for name, values in tensors.items()}
    sha256 = write_tensors(old.path.with_name("again.safetensors"), changed)
    desk.store.record(run, [Checkpoint(2, old.step, 0.1, "again.safetensors", sha256)])
    question = desk.ask(run, 2)
    assert desk.studies.found(question) is None
    assert not np.array_equal(desk.answer(question)["probabilities"], first["probabilities"])
    with pytest.raises(LabError, match="was trained again meanwhile"):
        desk.answer(before)


def test_a_run_takes_its_results_with_it(desk: Desk) -> None:
    """They are in its folder; the bundled network's are in the home folder."""
    run = run_of(desk)
    mine, bundled = desk.ask(run, 2), desk.ask()
    for question in (mine, bundled):
        desk.answer(question)
    desk.store.delete_run(run)
    assert not mine.file(desk.store).exists()
    assert bundled.file(desk.store).parent == desk.store.home / "studies"
    assert desk.studies.found(bundled) is not None


def test_a_killed_study_is_explained_and_can_be_repeated(desk: Desk) -> None:
    """As the kernel kills a process for which there is no memory."""
    question = desk.ask()
    desk.studies.begin(question)
    desk.process(question).send_signal(signal.SIGKILL)
    with pytest.raises(LabError, match=r"ended without an answer.*because the memory was full"):
        desk.wait_while(question, ("waiting", "running"))
    assert len(desk.answer(question)["truth"]) == 250


def test_a_canceled_study_leaves_nothing(desk: Desk) -> None:
    """No process, no file, no error; the next one begins."""
    question, waiting = desk.ask(), desk.ask(run_of(desk), 1)
    desk.studies.begin(question)
    process = desk.process(question)
    desk.studies.begin(waiting)
    assert desk.studies.progress(waiting).state == "waiting"
    desk.studies.cancel(waiting)
    desk.studies.cancel(question)
    assert survivors([process]) == []
    assert {desk.studies.progress(each).state for each in (question, waiting)} == {"none"}
    assert not question.file(desk.store).exists()
    assert len(desk.answer(question)["truth"]) == 250


def test_what_nobody_waits_for_is_dropped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slider that is moved over ten epochs leaves one study to be done, not ten."""
    monkeypatch.setattr("cnnlab.studies.desk._PATIENCE", 0.2)
    first, passed, wanted = desk.ask(), desk.ask(run_of(desk), 1), desk.ask(run_of(desk), 2)
    for question in (first, passed, wanted):
        desk.studies.begin(question)
    desk.wait_while(wanted, ("waiting", "running"))
    assert desk.studies.found(wanted) is not None
    assert desk.studies.found(passed) is None


def test_it_steps_back(desk: Desk) -> None:
    """Behind the screen and its pens: a lower priority."""
    question = desk.ask()
    desk.studies.begin(question)
    process = desk.process(question)
    deadline = time.monotonic() + 60
    while process.nice() != min(19, os.nice(0) + 10):  # the lowest is 19
        assert time.monotonic() < deadline
        time.sleep(0.01)


ASKER = """
import sys, time
from pathlib import Path
from tests.studies.test_desk import Desk
desk = Desk(Path(sys.argv[1]))
desk.studies.begin(desk.ask())
time.sleep(100)
"""


def test_it_ends_with_its_server(tmp_path: Path) -> None:
    """However the server ends."""
    asker = subprocess.Popen([sys.executable, "-c", ASKER, str(tmp_path / "home")], cwd=ROOT)
    while not (family := children(asker.pid)):
        assert asker.poll() is None
        time.sleep(0.01)
    asker.kill()
    asker.wait()
    assert survivors(family, seconds=10) == []


def test_weights_that_are_gone(desk: Desk) -> None:
    """Never those of another epoch in their place."""
    question = desk.ask(run_of(desk), 2)
    desk.store.checkpoints(run_of(desk))[-1].path.unlink()
    with pytest.raises(LabError, match="the weights of epoch 2 are damaged"):
        desk.answer(question)


def test_what_cannot_be_asked(desk: Desk) -> None:
    """An epoch that was not kept, a run that is gone."""
    with pytest.raises(WeightsError, match="epoch 7 was not kept"):
        desk.ask(run_of(desk), 7)
    with pytest.raises(RunError):
        desk.ask("gone")


def test_pictures_that_are_not_here(desk: Desk) -> None:
    """Nothing is downloaded for a look."""
    with pytest.raises(LabError, match=r"its pictures are not on this machine.*downloads them"):
        desk.answer(desk.ask(data="mnist"))


def test_a_damaged_result_is_computed_again(desk: Desk) -> None:
    """Half a file is no result."""
    question = desk.ask()
    first = desk.answer(question)
    file = question.file(desk.store)
    file.write_bytes(file.read_bytes()[:500])
    assert desk.studies.found(question) is None
    np.testing.assert_array_equal(desk.answer(question)["losses"], first["losses"])


def test_a_bug_in_a_study_is_logged(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its traceback comes from the process; the screen has the entry's id."""
    answer = json.dumps({"error": "Traceback: RuntimeError: shapes", "code": "bug"})
    replace_python(tmp_path, f"echo '{answer}'", monkeypatch)
    with pytest.raises(LabError, match="Something went wrong"):
        desk.answer(desk.ask())
    assert "RuntimeError: shapes" in caplog.text
