"""How good a trained run is on the digits: its numbers are scikit-learn's, its lists are in their order."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.look_inside import test_set_route
from cnnlab.ui.look_inside.picture_choice import test_pictures as pictures_of
from tests.studies.test_desk import Desk
from tests.ui.asgi import ask, error_text
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow
EMBEDDING = "/api/test_set/embedding"


@pytest.fixture(scope="module")
def studied_home(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with one finished run; how good its second epoch is, has been found out."""
    home = shutil.copytree(trained_home, tmp_path_factory.mktemp("studied") / "home")
    desk = Desk(home)
    desk.answer(desk.ask(desk.store.runs()[0].id, 2))
    desk.store.close()
    return home


@pytest.fixture(autouse=True)
def fresh(studied_home: Path, tmp_path: Path) -> None:
    """A lab of the test's own on a copy of it."""
    test_set_route._known.drop(lambda _question: True)
    shutil.copytree(studied_home, tmp_path / "home")
    assert lab().torch_ready.wait(60)


def body(**fields: Any) -> dict[str, Any]:
    """A question about the run's last epoch on the digits."""
    return {"run": lab().store.runs()[0].id, "epoch": 2, "data": "digits"} | fields


def state(route: str = "/api/test_set", **fields: Any) -> Any:
    """The state of the study; the refusal if it is one."""
    reply = ask(route, json.dumps(body(**fields)).encode())
    return json.loads(reply.body) if reply.status == 200 else (reply.status, error_text(reply))


def result(route: str = "/api/test_set", **fields: Any) -> dict[str, Any]:
    """What is shown at the end."""
    deadline = time.monotonic() + 60
    found = state(route, do="begin", **fields)
    while found["state"] != "done":
        assert time.monotonic() < deadline
        time.sleep(0.05)
        found = state(route, do="look", **fields)
    return dict(found)


def pictures(**fields: Any) -> Any:
    """A part of a list; the refusal if it is one."""
    sent = body(**{"list": "mistakes", "truth": 0, "answer": 0, "seed": 0, "from": 0, "most": 12} | fields)
    reply = ask("/api/test_set/pictures", json.dumps(sent).encode())
    return unpack(reply.body) if reply.status == 200 else (reply.status, error_text(reply))


def whole(**fields: Any) -> list[int]:
    """The numbers of all pictures of a list, from page to page."""
    pages = [pictures(most=24, **fields | {"from": start})["numbers"] for start in range(0, 250, 24)]
    return [number for page in pages for number in page]


def answers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The labels of the test pictures, the run's answers and its probabilities, straight from torch."""
    images, labels = pictures_of("digits")
    with torch.no_grad():
        shares = get_model(body()["run"], 2).model(images.float() / 255).softmax(1)
    return labels.numpy(), shares.argmax(1).numpy(), shares.numpy()


def test_the_numbers_are_scikit_learns() -> None:
    """Accuracy, confusion matrix, precision, recall and F1 of each class, and their averages."""
    found = result()
    truth, answer, _shares = answers()
    assert found["accuracy"] == accuracy_score(truth, answer)
    assert found["right"] == (truth == answer).sum()
    assert found["confusion"] == confusion_matrix(truth, answer, labels=range(10)).tolist()
    classes = precision_recall_fscore_support(truth, answer, labels=range(10), zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), classes, strict=True):
        assert [each[name] for each in found["scores"]] == pytest.approx(list(values))
    for name in ("macro", "weighted"):
        averages = precision_recall_fscore_support(truth, answer, average=name, zero_division=0)
        assert [found[name][each] for each in ("precision", "recall", "f1")] == pytest.approx(averages[:3])


def test_the_calibration_is_that_of_its_definition() -> None:
    """Ten bins of equal width; the error is their mean distance from the diagonal, by their sizes."""
    found = result()
    truth, answer, shares = answers()
    sure, right = shares.max(1), truth == answer
    bins = np.minimum((sure * 10).astype(int), 9)
    parts = [bins == each for each in range(10)]
    expected = sum(abs(sure[part].mean() - right[part].mean()) * part.sum() for part in parts if part.any())
    assert found["calibration_error"] == pytest.approx(expected / len(truth), abs=1e-4)
    assert sum(each["answers"] for each in found["reliability"]) == len(truth)


def test_the_worst_mistakes_come_first() -> None:
    """All of them, from page to page, with the pictures that Look inside shows under their numbers."""
    truth, answer, shares = answers()
    first = pictures()
    count = int((truth != answer).sum())
    assert first["count"] == count
    assert len(first["numbers"]) == min(12, count)
    found = [place for start in range(0, count, 12) for place in pictures(**{"from": start})["numbers"]]
    places = np.array(found) - 1
    assert sorted(places) == np.flatnonzero(truth != answer).tolist()
    assert (np.diff(shares[places].max(1)) <= 1e-6).all()
    images, _labels = pictures_of("digits")
    for number, picture in zip(first["numbers"], first["pictures"], strict=True):
        np.testing.assert_array_equal(picture, images[number - 1].numpy())


def test_the_other_lists_have_their_orders() -> None:
    """The smallest lead first, the least probable truth first, and a cell's own pictures."""
    truth, answer, shares = answers()
    ranked = np.sort(shares, 1)
    leads = ranked[:, -1] - ranked[:, -2]
    unsure = np.array(pictures(list="unsure")["numbers"]) - 1
    np.testing.assert_allclose(leads[unsure], np.sort(leads)[:12], atol=1e-6)
    lost = np.array(pictures(list="losses")["numbers"]) - 1
    right_ones = shares[np.arange(len(truth)), truth]
    np.testing.assert_allclose(right_ones[lost], np.sort(right_ones)[:12], atol=1e-6)
    cell = pictures(list="cell", truth=3, answer=3)
    assert cell["count"] == ((truth == 3) & (answer == 3)).sum()
    assert set(cell["truth"]) == {3}


def test_all_pictures_in_order_and_at_random() -> None:
    """Every picture once; the same seed gives the same order, another one another."""
    assert whole(list="all") == list(range(1, 251))
    orders = [whole(list="random", seed=seed) for seed in (0, 0, 1)]
    assert sorted(orders[0]) == list(range(1, 251))
    assert orders[0] == orders[1] != orders[2]


def test_the_points_are_scikit_learns_principal_axes() -> None:
    """Up to their signs; with the shares of the variance, and each picture's class and answer."""
    found = result(EMBEDDING, map="pca")
    images, labels = pictures_of("digits")
    with torch.no_grad():
        model = get_model(body()["run"], 2).model
        last = max(index for index, row in enumerate(model) if isinstance(row, torch.nn.Linear))
        values = model[:last](images.float() / 255).flatten(1).numpy()
    reference = PCA(2).fit(values)
    np.testing.assert_allclose(found["shares"], reference.explained_variance_ratio_, rtol=1e-3)
    points, expected = np.array(found["points"]), reference.transform(values)
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-2 * np.abs(expected).max())
    _truth, answer, shares = answers()
    assert found["numbers"] == list(range(1, 251))
    assert found["truth"] == labels.tolist()
    assert found["answers"] == answer.tolist()
    np.testing.assert_allclose(found["confidence"], shares.max(1), atol=1e-4)


def test_the_map_of_t_sne_keeps_classes_together() -> None:
    """Most neighbors of a point are of its class, as they are among the features."""
    found = result(EMBEDDING, map="tsne")
    points, truth = np.array(found["points"]), np.array(found["truth"])
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    nearest = distances.argsort(axis=1)[:, 1:6]
    assert (truth[nearest] == truth[:, None]).mean() > 0.7
    assert found["shares"] is None


def test_there_are_no_points_before_the_answers() -> None:
    """Nor a map that is none."""
    unknown = (404, "The network has not been asked about all pictures yet.")
    assert state(EMBEDDING, epoch=0, map="pca", do="begin") == unknown
    assert state(EMBEDDING, map=["pca"], do="begin") == (400, "A request names a map: pca or tsne.")


def test_the_newest_weights_are_named() -> None:
    """Who asks for the last epoch learns which one it is."""
    assert state(epoch="last", do="look")["epoch"] == 2


def test_a_canceled_study_is_not_there() -> None:
    """And can be begun again."""
    assert state(do="begin", epoch=1)["state"] in ("waiting", "running")
    assert state(do="cancel", epoch=1)["state"] == "none"
    assert pictures(epoch=1) == (404, "The network has not been asked about all pictures yet.")
    assert result(epoch=1)["pictures"] == 250


def test_a_second_look_is_instant() -> None:
    """From the file beside the run, in another server as well, and without a process."""
    assert state(do="begin")["state"] == "done"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"run": "gone"}, 404),
        ({"run": None}, 400),
        ({"epoch": 7}, 422),
        ({"data": "gone"}, 422),
        ({"epoch": "first"}, 400),
    ],
)
def test_what_is_not_there(fields: dict[str, Any], status: int) -> None:
    """Is refused in words."""
    assert state(do="begin", **fields)[0] == status


@pytest.mark.parametrize(
    "fields",
    [
        {"list": "best"},
        {"truth": 10, "list": "cell"},
        {"answer": -1, "list": "cell"},
        {"seed": -1, "list": "random"},
        {"from": -1},
        {"from": "0"},
        {"most": 25},
        {"most": 0},
    ],
)
def test_a_list_that_is_none(fields: dict[str, Any]) -> None:
    """Is refused in words."""
    assert pictures(**fields) == (400, "A request names a list of pictures, a cell, and where to begin.")
