"""A picture made up to excite a unit: noise that climbs the gradient of the unit's activation.

Activation maximization (Erhan, Bengio, Courville, Vincent 2009), kept calm by a blur that fades (Yosinski et
al. 2015) and by moving the picture a little before each step (Olah, Mordvintsev, Schubert 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.way import Passed, way_to_unit
from cnnlab.interpret.disturbance import blurred
from cnnlab.interpret.units import excited_by
from cnnlab.layers import Dropout, Dropout2d, MaxPool2d, Shape
from cnnlab.layers.activation import Activation
from cnnlab.models.batches import evaluation_mode
from cnnlab.models.partial import output_at
from cnnlab.models.predict import require_finite

STEPS = 96
_STARTS = 2  # pictures that climb at the same time, of which the best is kept
_NOISE = 0.1  # standard deviation at the start, before the sigmoid that keeps pixels in [0, 1]
_RATE = 0.2  # Adam's learning rate
_DECAY = 0.005  # the share of the way back to gray that each pixel goes in a step
_BLUR = 1.2  # standard deviation at the start, in pixels of a 28×28 picture
_JITTER = 1  # pixels of a 28×28 picture that it is moved by, at most, in each direction
_GUIDED = 0.7  # the share of the steps in which it is blurred and moved


@dataclass(frozen=True, slots=True, eq=False)
class Optimized:
    """A picture made up for a unit, and how much it excites it."""

    picture: Tensor  # (C, H, W) in [0, 1]; gray where the unit does not care
    activation: float  # the unit's largest number
    largest_seen: float | None  # the same of the picture that excites it most; None if none were given


def optimized(
    design: Design,
    model: nn.Sequential,
    address: LayerAddress,
    channel: int,
    *,
    seed: int = 0,
    steps: int = STEPS,
    compared_with: Split | None = None,
    on_progress: OnProgress | None = None,
) -> Optimized:
    """Make up a picture that excites a unit of a layer, the same one for the same seed.

    on_progress(done, total) is called after each step, and for each batch of the pictures to be compared
    with; an exception that it raises ends the work. Raises ConfigError for a unit that does not exist,
    WeightsError for numbers that are not finite, and DataError for pictures that do not fit.
    """
    climbed = _climbed(address, way_to_unit(design, address, channel))
    total = steps + (0 if compared_with is None else len(compared_with.labels))

    def on_step(done: int) -> None:
        if on_progress is not None:
            on_progress(done, total)

    with evaluation_mode(model):
        made = _climb(model, design.input_shape, climbed, channel, seed, steps, on_step)
        with torch.inference_mode():
            best = int(_middle(output_at(model, climbed, made)[:, channel]).argmax())
            values = output_at(model, address, made)[best, channel]
    require_finite(values, design.name)
    seen = None
    if compared_with is not None:
        found = excited_by(
            design,
            model,
            compared_with,
            address,
            channel,
            count=1,
            on_progress=lambda done, _: on_step(steps + done),
        )
        seen = found[0].value
    return Optimized(made[best], float(values.max()), seen)


def _climb(
    model: nn.Sequential,
    shape: Shape,
    address: LayerAddress,
    channel: int,
    seed: int,
    steps: int,
    on_step: Callable[[int], None],
) -> Tensor:
    """Return pictures (N, C, H, W) in [0, 1] after these steps of gradient ascent."""
    generator = torch.Generator().manual_seed(seed)
    ink = (_NOISE * torch.randn(_STARTS, *shape, generator=generator)).requires_grad_(True)
    optimizer = torch.optim.AdamW([ink], _RATE, weight_decay=_DECAY / _RATE)
    size = min(shape[1:]) / 28
    for step in range(steps):
        left = max(0.0, 1 - step / (_GUIDED * steps))
        jitter = round(_JITTER * size) if left else 0
        shifts = torch.randint(-jitter, jitter + 1, (2,), generator=generator).tolist()
        with torch.enable_grad():
            pictures = blurred(ink.sigmoid(), left * _BLUR * size).roll(shifts, (2, 3))
            numbers = _middle(output_at(model, address, pictures)[:, channel])
            (ink.grad,) = torch.autograd.grad(-numbers.sum(), ink)  # the weights get none
        optimizer.step()
        on_step(step + 1)
    return ink.detach().sigmoid()


def _middle(numbers: Tensor) -> Tensor:
    """(N,): the number in the middle of maps (N, H, W), whose window is in the picture; (N,) as it is."""
    for side in numbers.shape[1:]:
        numbers = numbers[:, side // 2]
    return numbers


def _climbed(address: LayerAddress, way: tuple[Passed, ...]) -> LayerAddress:
    """Return the layer whose unit is climbed: one before, if the same pictures excite it.

    An activation or a maximum grows with its input, as a rule, but a silent ReLU has no gradient, and a large
    share of a softmax hardly any.
    """
    for passed in reversed(way):
        place = address.row if address.index is None else address.index
        if not place or not isinstance(passed.layer, Activation | MaxPool2d | Dropout | Dropout2d):
            break
        inside = (address.branch, place - 1) if address.index is not None else ()
        address = LayerAddress(address.row, *inside) if inside else LayerAddress(place - 1)
    return address
