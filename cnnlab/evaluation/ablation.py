"""What a network can do without one of its channels: its output is 0, and all others are what they were."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from cnnlab.data.dataset import Split
from cnnlab.data.record import OnProgress
from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design
from cnnlab.design.way import way_to_unit
from cnnlab.evaluation.answers import GradedAnswers, grade
from cnnlab.evaluation.scores import Scores, scores
from cnnlab.ground.errors import ConfigError
from cnnlab.language import lazy
from cnnlab.layers import Softmax
from cnnlab.models.batches import evaluation_mode, require_picture
from cnnlab.models.partial import silenced
from cnnlab.models.predict import Prediction, classify


@dataclass(frozen=True, slots=True, eq=False)
class SwitchedOff:
    """Labeled pictures, graded with and without a channel."""

    before: GradedAnswers
    after: GradedAnswers

    @property
    def scores(self) -> tuple[Scores, Scores]:
        """How often it is right with the channel, and without; a class has its share as its recall."""
        return scores(self.before), scores(self.after)

    @property
    def changed(self) -> Tensor:
        """(N,) bool: which pictures get another answer without the channel."""
        return self.before.label != self.after.label


def switched_off(
    design: Design,
    model: nn.Sequential,
    pictures: Split,
    address: LayerAddress,
    channel: int,
    *,
    before: GradedAnswers | None = None,
    on_progress: OnProgress | None = None,
) -> SwitchedOff:
    """Grade a network with a channel of a layer, and with 0 in its place, which changes nothing in the model.

    `before` are the same pictures' answers with all channels if they are known; else they are asked for as
    well. on_progress(done, total) is called after each batch; an exception that it raises ends the work.
    Raises ConfigError for a channel that cannot be switched off; otherwise as `grade` does.
    """
    without = _without(design, model, address, channel)
    count = len(pictures.labels)
    total = count if before is not None else 2 * count

    def shifted(offset: int) -> OnProgress | None:
        return on_progress and (lambda done, _: on_progress(offset + done, total))

    if before is None:
        before = grade(design, model, pictures, title=design.name, on_progress=shifted(0))
    after = grade(design, without, pictures, title=design.name, on_progress=shifted(total - count))
    return SwitchedOff(before, after)


def answer_without(
    design: Design, model: nn.Sequential, picture: Tensor, address: LayerAddress, channel: int
) -> tuple[Prediction, Prediction]:
    """Return the answers, (1, K), to one picture (C, H, W) in [0, 1] with a channel and without it."""
    require_picture(design, picture)
    without = _without(design, model, address, channel)
    with evaluation_mode(model):
        return classify(model, picture[None]), classify(without, picture[None])


def _without(design: Design, model: nn.Sequential, address: LayerAddress, channel: int) -> nn.Sequential:
    way = way_to_unit(design, address, channel)
    if len(way) == len(design.layers) and isinstance(way[-1].layer, Softmax):
        raise ConfigError(
            lazy("the numbers of row {row} are the answer itself", row=str(address)),
            where=design.name,
            allowed=lazy("rows 0 to {last}", last=address.row - 1),
        )
    return silenced(model, address, channel)
