"""Studies of a layer's units: what excites them, a picture made up for one, the network without it.

A layer is named as by `str` of its address, a unit with its channel behind it: "3.0.1-7". Imports torch.
"""

from __future__ import annotations

import numpy as np

from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.design.address import LayerAddress
from cnnlab.design.way import way_to
from cnnlab.evaluation.ablation import SwitchedOff, switched_off
from cnnlab.evaluation.answers import GradedAnswers
from cnnlab.interpret.optimized import optimized
from cnnlab.interpret.units import survey
from cnnlab.reader.loaded_model import LoadedModel
from cnnlab.studies.results import Arrays

MAX_CHANNELS = 4_096  # of a layer, the first ones, are surveyed: the screen shows no more of a vector


def unit_name(address: LayerAddress, channel: int) -> str:
    """The name of a unit in a question."""
    return f"{address}-{channel}"


def _unit(name: str) -> tuple[LayerAddress, int]:
    address, _dash, channel = name.rpartition("-")
    return LayerAddress.parse(address), int(channel)


def excited(loaded: LoadedModel, pictures: Split, layer: str, on_progress: OnProgress) -> Arrays:
    """What excites each channel of a layer, as `Survey.from_arrays` reads it."""
    address = LayerAddress.parse(layer)
    channels = range(min(MAX_CHANNELS, way_to(loaded.design, address)[-1].output_shape[0]))
    found = survey(loaded.design, loaded.model, pictures, address, channels, on_progress=on_progress)
    return found.to_arrays()


def made_up(loaded: LoadedModel, unit: str, on_progress: OnProgress) -> Arrays:
    """A picture made up to excite a unit: picture (C, H, W) in [0, 1], and the activation reached, ()."""
    address, channel = _unit(unit)
    made = optimized(loaded.design, loaded.model, address, channel, on_progress=on_progress)
    return {"picture": made.picture.numpy(), "activation": np.array(made.activation)}


def without(
    loaded: LoadedModel, pictures: Split, unit: str, before: GradedAnswers, on_progress: OnProgress
) -> Arrays:
    """How good a network is with a unit and without it; `before`: its answers with it.

    accuracy (2,) and recall (2, K), with the unit first; support (K,), the pictures of each class; and how
    many answers changed: all of them, from right to wrong, and from wrong to right, as changes (3,).
    """
    address, channel = _unit(unit)
    found = switched_off(
        loaded.design, loaded.model, pictures, address, channel, before=before, on_progress=on_progress
    )
    both = found.scores
    return {
        "accuracy": np.array([each.accuracy for each in both]),
        "recall": np.array([[one.recall for one in each.classes] for each in both]),
        "support": np.array([one.support for one in both[0].classes]),
        "changes": _changes(found),
    }


def _changes(found: SwitchedOff) -> np.ndarray:
    was, still = found.before.right, found.after.right
    return np.array([int(each.sum()) for each in (found.changed, was & ~still, still & ~was)])
