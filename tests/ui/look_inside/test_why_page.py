"""The view "Why this answer" through AppTest: its address, and what the component gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab.models.build import build
from cnnlab.models.predict import classify
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.look_inside.picture_choice import test_pictures as pictures_of
from tests.lab import QUICK
from tests.ui.look_inside.test_page import address_of, at, on_the_run, shown
from tests.ui.train.test_watched_drawing_route import add_checkpoint

pytestmark = pytest.mark.slow


def test_the_answer_at_any_epoch(home_with_run: Path) -> None:
    """The epoch and the picture are those of the view of one picture; a link shows the same."""
    page = on_the_run(home_with_run)
    page.number_input("look_number").set_value(7).run()
    page.button_group("look_view").set_value("why").run()
    page.select_slider[0].set_value(1).run()
    run = lab().store.runs()[0].id
    body = shown(page)
    assert (body["of"]["model"], body["of"]["epoch"], body["of"]["picture"]) == (run, 1, "digits-7")
    image = pictures_of("digits")[0][6:7].float() / 255
    expected = classify(get_model(run, 1).model, image).probabilities[0].numpy()
    np.testing.assert_allclose(body["probabilities"], expected, atol=1e-6)
    assert [each["name"] for each in body["methods"] if each["smooths"]] == [
        "gradient-input",
        "integrated-gradients",
    ]
    assert [each["key"] for each in body["others"]] == ["bundled"]
    assert address_of(page) == {"run": run, "epoch": "1", "picture": "digits-7", "view": "why"}
    assert shown(at(address_of(page)))["of"] | {"tab": ""} == body["of"] | {"tab": ""}


def test_a_network_whose_training_diverged(home_with_run: Path) -> None:
    """A sentence in place of the view."""
    store = lab().store
    run = store.queue(QUICK, "digits", store.runs()[0].config, name="diverged", paused=True)
    weights = build(QUICK).state_dict()
    add_checkpoint(run, 0, {name: tensor * torch.nan for name, tensor in weights.items()})
    page = at({"view": "why", "run": run.id})
    assert not page.exception
    assert not page.get("bidi_component")
    assert "training diverged" in page.error[0].value
