"""What a unit of a trained run is about: against torch's own hooks and sorted lists."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.layers import Conv2d, Flatten, Inception, Linear
from cnnlab.models.build import build, module_at
from cnnlab.studies.results import Arrays, read_result, write_result
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.look_inside import test_set_route, unit_route
from cnnlab.ui.look_inside.picture_choice import test_pictures as pictures_of
from tests.studies.test_desk import Desk
from tests.ui.asgi import ask, error_text
from tests.ui.train.test_watched_drawing_route import add_checkpoint
from tests.ui.unpacking import unpack

pytestmark = pytest.mark.slow
LAYER, UNIT = LayerAddress(3), 5  # the second convolution of lenet-5


@pytest.fixture(scope="module")
def studied_home(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with one finished run, whose unit has been studied after its second epoch."""
    home = shutil.copytree(trained_home, tmp_path_factory.mktemp("studied") / "home")
    desk = Desk(home)
    run = desk.store.runs()[0].id
    for study, about in (("excited", "3"), ("optimized", "3-5"), ("without", "3-5")):
        data = "" if study == "optimized" else "digits"
        desk.answer(desk.ask(run, 2, data, study, about))
    desk.store.close()
    return home


@pytest.fixture(autouse=True)
def fresh(studied_home: Path, tmp_path: Path) -> None:
    """A lab of the test's own on a copy of it."""
    for known in (test_set_route._known, unit_route._surveys):
        known.drop(lambda _question: True)
    shutil.copytree(studied_home, tmp_path / "home")
    assert lab().torch_ready.wait(60)


def asked(what: str, **fields: Any) -> Any:
    """The response about the run's unit; the status and the refusal if it is one."""
    body = {"run": lab().store.runs()[0].id, "epoch": 2, "data": "digits", "layer": str(LAYER), "unit": UNIT}
    sent = body | {"picture": "digits-1", "tab": ""} | fields
    reply = ask(f"/api/unit/{what}", json.dumps(sent).encode())
    return unpack(reply.body) if reply.status == 200 else (reply.status, error_text(reply))


def model() -> nn.Sequential:
    """The run's network."""
    return get_model(lab().store.runs()[0].id, 2).model


def shares_of(network: nn.Module, images: Tensor) -> Tensor:
    """Its probabilities for pictures of 256 shades."""
    with torch.inference_mode():
        shares: Tensor = network(images.float() / 255).softmax(1)
    return shares


def without(network: nn.Sequential, address: LayerAddress, unit: int, images: Tensor) -> Tensor:
    """The same while a hook sets a channel to 0."""

    def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        output = output.clone()
        output[:, unit] = 0
        return output

    handle = module_at(network, address).register_forward_hook(hook)
    try:
        return shares_of(network, images)
    finally:
        handle.remove()


def maps(images: Tensor, unit: int) -> Tensor:
    """The unit's maps (N, H, W)."""
    with torch.inference_mode():
        found: Tensor = model()[: LAYER.row + 1](images.float() / 255)[:, unit]
    return found


@pytest.mark.parametrize("unit", [UNIT, 0])
def test_the_pictures_that_excite_a_unit(unit: int) -> None:
    """The nine with the largest numbers, and where these are; one study has answered for all units."""
    images, labels = pictures_of("digits")
    values = maps(images, unit)
    found = asked("excited", unit=unit)
    assert found["state"] == "done"
    largest = values.flatten(1).amax(1).sort(descending=True)
    assert [each["value"] for each in found["found"]] == pytest.approx(largest.values[:9].tolist(), rel=1e-5)
    for each, picture, truth in zip(found["found"], found["pictures"], found["truth"], strict=True):
        place = each["number"] - 1
        y, x = each["cell"]
        assert each["value"] == pytest.approx(float(values[place, y, x]), rel=1e-5)
        assert truth == labels[place]
        np.testing.assert_array_equal(picture, images[place].numpy())
        (top, bottom), (left, right) = each["field"]["rows"], each["field"]["columns"]
        moved = 255 - images[place : place + 1]
        moved[0, :, top : bottom + 1, left : right + 1] = images[place, :, top : bottom + 1, left : right + 1]
        assert float(maps(moved, unit)[0, y, x]) == pytest.approx(each["value"], rel=1e-4)
    means = values.flatten(1).mean(1)
    assert found["means"] == pytest.approx([float(means[labels == each].mean()) for each in range(10)], 1e-4)
    assert found["answers"] == shares_of(model(), images).argmax(1)[largest.indices[:9]].tolist()


def test_a_picture_made_up() -> None:
    """The network itself is as excited by it as it says, but for 256 shades of gray."""
    found = asked("optimized", data="")
    value = maps(torch.from_numpy(found["picture"].copy())[None], UNIT).max()
    assert found["activation"] == pytest.approx(float(value), rel=0.02)


def test_how_good_it_is_without_a_unit() -> None:
    """As accurate, and each class as well read, as with a hook in its place; the largest changes first."""
    images, labels = pictures_of("digits")
    right = [
        shares.argmax(1) == labels
        for shares in (shares_of(model(), images), without(model(), LAYER, UNIT, images))
    ]
    found = asked("without")
    assert found["accuracy"] == pytest.approx([float(each.double().mean()) for each in right])
    assert (found["lost"], found["won"]) == (
        int((right[0] & ~right[1]).sum()),
        int((right[1] & ~right[0]).sum()),
    )
    for name, each in zip(("before", "after"), right, strict=True):
        recalls = [float(each[labels == label].double().mean()) for label in found["classes"]]
        assert found[name] == pytest.approx(recalls)
    changes = np.abs(np.subtract(found["after"], found["before"]))
    assert (np.diff(changes) <= 0).all()
    assert sorted(found["classes"]) == list(range(10))


def test_the_answers_with_the_unit_are_those_of_the_whole_test_set() -> None:
    """They were kept for that view, and are taken from it for the next unit."""
    run = lab().store.runs()[0].id
    question = {"run": run, "epoch": 2, "data": "digits"}
    graded = json.loads(ask("/api/test_set", json.dumps(question).encode()).body)
    assert graded["state"] == "done"
    assert graded["accuracy"] == asked("without")["accuracy"][0]
    desk = Desk(lab().store.home)
    whole = desk.ask(run, 2)
    path = whole.file(desk.store)
    altered: Arrays = read_result(path, whole) or {}
    truth = altered["truth"]
    altered["probabilities"] = np.eye(10, dtype=np.float32)[truth]  # all right, as only this file says
    write_result(path, whole, altered)
    found = desk.answer(desk.ask(run, 2, "digits", "without", "3-6"))
    assert found["accuracy"][0] == 1
    desk.store.close()


def test_the_answer_to_a_picture_without_a_unit() -> None:
    """At once, as a hook says; the network itself is unchanged."""
    images, _labels = pictures_of("digits")
    found = asked("answer", picture="digits-7")
    assert found["with"] == pytest.approx(shares_of(model(), images[6:7])[0].tolist(), abs=1e-6)
    expected = without(model(), LAYER, UNIT, images[6:7])[0].tolist()
    assert found["without"] == pytest.approx(expected, abs=1e-6)
    assert found["without"] != pytest.approx(found["with"], abs=1e-3)


BRANCHED = Design(name="branched").with_layers(
    (Conv2d(out_channels=4, stride=4), Inception(), Flatten(), Linear(out_features=10))
)


def run_of(design: Design, weights: dict[str, Tensor]) -> str:
    """The id of a run with these weights at epoch 0."""
    store = lab().store
    run = store.queue(design, "digits", store.runs()[0].config, name=design.name, paused=True)
    add_checkpoint(run, 0, weights)
    return run.id


def test_a_unit_inside_of_a_block() -> None:
    """Is found and switched off like one of a row."""
    network = build(BRANCHED).eval()
    run = run_of(BRANCHED, network.state_dict())
    images, _labels = pictures_of("digits")
    address = LayerAddress(1, 1, 1)
    found = asked("answer", run=run, epoch=0, layer=str(address), unit=2)
    assert found["without"] == pytest.approx(without(network, address, 2, images[:1])[0].tolist(), abs=1e-6)
    deadline = time.monotonic() + 60
    excited = asked("excited", run=run, epoch=0, layer=str(address), unit=2, do="begin")
    while excited["state"] != "done":
        assert time.monotonic() < deadline
        time.sleep(0.05)
        excited = asked("excited", run=run, epoch=0, layer=str(address), unit=2, do="look")
    seen: list[Tensor] = []
    module_at(network, address).register_forward_hook(lambda _m, _i, output: seen.append(output))
    shares_of(network, images)
    largest = seen[0][:, 2].flatten(1).amax(1).max()
    assert excited["found"][0]["value"] == pytest.approx(float(largest), rel=1e-5)


def test_weights_that_diverged() -> None:
    """Words, in place of bars."""
    weights = {name: values * torch.nan for name, values in build(BRANCHED).state_dict().items()}
    status, words = asked("answer", run=run_of(BRANCHED, weights), epoch=0, layer="0", unit=1)
    assert status == 422
    assert "training diverged" in words


@pytest.mark.parametrize(
    ("what", "fields", "status", "words"),
    [
        ("excited", {"layer": "99"}, 422, "there is no row 99"),
        ("without", {"unit": 16}, 422, "row 3 has no channel 16"),
        ("answer", {"unit": -1}, 422, "has no channel -1"),
        ("answer", {"layer": "3.x.1"}, 400, "allowed is a row such as 3"),
        ("optimized", {"unit": "5"}, 400, "names a network, an epoch, a layer and a unit"),
        ("excited", {"data": None}, 400, "names a data set"),
        ("excited", {"data": "gone"}, 422, "gone"),
        ("without", {"run": "gone"}, 404, "gone"),
        ("answer", {"picture": "digits-251"}, 422, "there is no picture"),
        ("answer", {"picture": None}, 400, "names a picture"),
        ("answer", {"run": "bundled", "layer": "17"}, 422, "are the answer itself"),
    ],
)
def test_what_is_not_there(what: str, fields: dict[str, Any], status: int, words: str) -> None:
    """Is refused in words."""
    found = asked(what, **{"do": "look"} | fields)
    assert found[0] == status
    assert words in found[1]
