"""The studies of a network on one picture, and how their questions name it. Imports torch.

`Question.about` is "PICTURE" for the probe, and "PICTURE.METHOD.CLASS.RIVAL" for an attribution and for its
sanity check, with nothing in place of a rival if there is none; PICTURE is a name of pictures.py.
"""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import torch

from cnnlab.design.address import LayerAddress
from cnnlab.ground.errors import ConfigError
from cnnlab.ground.limits import SHOWN_SIDE
from cnnlab.interpret.activations import tiles
from cnnlab.interpret.attribution import MethodName
from cnnlab.interpret.attribution.methods import FUNCTIONS, Attribution, attribute
from cnnlab.interpret.attribution.question import Question, Target
from cnnlab.interpret.attribution.sanity import sanity_check
from cnnlab.interpret.probe import probe
from cnnlab.language import lazy
from cnnlab.studies.order import Order
from cnnlab.studies.pictures import read_picture
from cnnlab.studies.results import Arrays

SANITY_ROWS = 12  # of a deeper network only the last ones forget


def attribution_about(picture: str, method: MethodName, target: Target) -> str:
    """What a question of the studies `attribute` and `sanity` is about."""
    against = "" if target.against is None else str(target.against)
    return f"{picture}.{method}.{target.label}.{against}"


def probe_study(order: Order) -> Arrays:
    """Probabilities (down, right, classes), (angles, classes), (scales, classes) of the moved copies."""
    found = probe(order.loaded.model, _image(order, order.about), on_progress=order.on_progress)
    return {"shifted": found.shifted, "turned": found.turned, "scaled": found.scaled}


def attribute_study(order: Order) -> Arrays:
    """An attribution, for networks that are too large to be asked at once: see read_attribution."""
    found = attribute(*_asked(order))
    return {"values": found.values, "account": np.array(json.dumps(found.to_json()))}


def read_attribution(found: Arrays) -> Attribution:
    """The result of the study `attribute`."""
    account = json.loads(str(found["account"]))
    return Attribution(
        method=account["method"],
        target=Target(account["target"], account["against"]),
        values=found["values"],
        score=account["score"],
        baseline=account["baseline"],
        gained=account["gained"],
        layer=account["layer"] and LayerAddress.parse(account["layer"]),
    )


def sanity_study(order: Order) -> Arrays:
    """The maps (1 + stages, H, W) as int8 on their scales, the trained network's first; rows; correlations.

    Raises ConfigError for a class or a method that does not fit the network.
    """
    question, method = _asked(order)
    attribute(question, method)  # which says what does not fit
    found = sanity_check(question, FUNCTIONS[method], rows=SANITY_ROWS, on_progress=order.on_progress)
    if not found.stages:
        raise ConfigError(lazy("this network has no weights that could be random"))
    maps = np.stack([found.trained, *(stage.per_pixel for stage in found.stages)])
    values = torch.from_numpy(maps).float()
    shown = tiles(values, values.abs().amax(dim=(1, 2)), side=SHOWN_SIDE)
    return {
        "maps": shown.values,
        "scales": shown.scales,
        "rows": np.array([stage.row for stage in found.stages]),
        "correlations": np.array([stage.correlation for stage in found.stages]),
    }


def _asked(order: Order) -> tuple[Question, MethodName]:
    picture, name, label, against = order.about.split(".")
    method = next(each for each in get_args(MethodName) if each == name)
    target = Target(int(label), int(against) if against else None)
    return Question(order.loaded.model, _image(order, picture), target), method


def _image(order: Order, picture: str) -> torch.Tensor:
    return torch.from_numpy(read_picture(order.catalogue.folders.home, picture)).float() / 255
