"""The shape doctor's warnings: what works but is unwise, each with its reason.

A warning never prevents training: the lab is there to find out. A note explains what is easily mistaken for
an error. Each rule is a function of the stack; a new one is a name in RULES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from cnnlab.design.address import LayerAddress
from cnnlab.design.design import Design, Problem, Summary, summarize
from cnnlab.language import Words, lazy
from cnnlab.layers import (
    AdaptiveAvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    DepthwiseConv2d,
    Dropout,
    Dropout2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Repair,
    Residual,
    SeparableConv2d,
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
)
from cnnlab.layers.base import times
from cnnlab.layers.convolution import SlidingWindow
from cnnlab.layers.normalization import Normalization
from cnnlab.layers.pooling import WindowPool

DENSE_SHARE = 0.9  # of all parameters in one dense layer: from here on there is a note,
DENSE_PARAMETERS = 150_000  # unless the layer is too small to matter
VANISHING_SIGMOIDS = 3  # each passes at most a quarter of the gradient, three of them a 64th


@dataclass(frozen=True, slots=True)
class Spot:
    """A layer and its location: a row, or inside the residual block in that row."""

    address: LayerAddress
    layer: Layer
    shape: Shape
    block: Residual | None = None  # whose first branch contains it

    @property
    def row(self) -> int:
        """Its row, or that of its block."""
        return self.address.row

    @property
    def index(self) -> int:
        """Its index inside the block."""
        return self.address.index or 0

    def located(self, text: Words) -> Words:
        """The text, prefixed for a layer inside a block with the number of that layer."""
        if self.block is None:
            return text
        return lazy("Inside, layer {number}: {said}", number=self.index + 1, said=text)

    def repair(self, code: str, label: Words, *replacement: Layer) -> Repair:
        """The repair that replaces this layer with these."""
        if self.block is None:
            return Repair(code, label, replacement)
        layers = (*self.block.layers[: self.index], *replacement, *self.block.layers[self.index + 1 :])
        whole = (self.block.model_copy(update={"layers": layers}),) if layers else ()
        where = lazy("inside, layer {number}: {said}", number=self.index + 1, said=label)
        return Repair(f"{self.index}-{code}", where, whole)

    def removal(self) -> Repair:
        """The repair that removes this layer."""
        return self.repair("remove", lazy("remove this {layer}", layer=self.layer.title))

    def warn(self, text: Words, *repairs: Repair) -> Problem:
        """A warning about this layer."""
        return Problem(self.address, self.located(text), repairs, "warning")


Chain = tuple[Spot, ...]  # consecutive layers


def advise(design: Design, summary: Summary | None = None) -> tuple[Problem, ...]:
    """Warnings and notes on a design, by row; rows that cannot work are in the summary's problems instead."""
    summary = summary or summarize(design)
    chains = _chains(summary)
    found = [problem for rule in LAYER_RULES for chain in chains for problem in rule(chain)]
    if summary.ok:
        found += [problem for rule in RULES for problem in rule(chains[0], summary)]
    return tuple(sorted(found, key=lambda problem: -1 if problem.row is None else problem.row))


def _chains(summary: Summary) -> list[Chain]:
    """The chain of all rows, then the chain inside each residual block."""
    rows = [row for row in summary.rows if row.input_shape and row.output_shape]
    chains = [tuple(Spot(LayerAddress(row.index), row.layer, row.input_shape or ()) for row in rows)]
    for row in rows:
        if isinstance(row.layer, Residual) and row.input_shape:
            inside = row.layer.branches(row.input_shape)[0].parts(row.input_shape)
            chains.append(
                tuple(
                    Spot(LayerAddress(row.index, 0, index), part.layer, part.input_shape, row.layer)
                    for index, part in enumerate(inside)
                )
            )
    return chains


# ---- one layer and its neighbors


def _kernel_larger_than_map(chain: Chain) -> Iterator[Problem]:
    """A kernel larger than its map, which works only because of the padding."""
    for spot in chain:
        layer = spot.layer
        if not isinstance(layer, SlidingWindow | WindowPool):
            continue
        side = min(spot.shape[1:])
        reach = _reach(layer)
        if reach > side:
            kernel = max(1, side - 1 + side % 2)  # the largest odd one that fits
            padding = layer.padding if layer.padding == "same" else min(int(layer.padding), kernel // 2)
            update = {"kernel_size": kernel, "padding": padding}
            if isinstance(layer, SlidingWindow):
                update["dilation"] = 1
            yield spot.warn(
                lazy(
                    "The window of {window} is larger than the {side} pixels of its map: "
                    "part of it always lies on the zero padding and learns nothing.",
                    window=times(reach, reach),
                    side=side,
                ),
                spot.repair(
                    "shrink-window",
                    lazy("make the window {window}", window=times(kernel, kernel)),
                    layer.model_copy(update=update),
                ),
            )


def _stride_larger_than_window(chain: Chain) -> Iterator[Problem]:
    """A stride larger than the window, which skips pixels."""
    for spot in chain:
        layer = spot.layer
        if isinstance(layer, SlidingWindow | WindowPool) and layer.stride > _reach(layer):
            reach = _reach(layer)
            fitted = layer.model_copy(update={"stride": reach})
            yield spot.warn(
                lazy(
                    "A window of {window} that moves by {stride} skips the pixels in between.",
                    window=times(reach, reach),
                    stride=layer.stride,
                ),
                spot.repair("fit-stride", lazy("use stride {number}", number=reach), fitted),
            )


def _reach(layer: SlidingWindow | WindowPool) -> int:
    dilation = layer.dilation if isinstance(layer, SlidingWindow) else 1
    return dilation * (layer.kernel_size - 1) + 1


def _bias_before_batch_norm(chain: Chain) -> Iterator[Problem]:
    """A bias before batch norm, which subtracts it together with the mean."""
    for spot, after in pairwise(chain):
        layer = spot.layer
        biased = isinstance(layer, Conv2d | DepthwiseConv2d | SeparableConv2d | Linear) and layer.bias
        if biased and isinstance(after.layer, BatchNorm2d | BatchNorm1d):
            yield spot.warn(
                lazy(
                    "Its bias does nothing: {layer} subtracts the mean right after it, "
                    "and has a bias of its own.",
                    layer=after.layer.title,
                ),
                spot.repair("no-bias", lazy("remove the bias"), layer.model_copy(update={"bias": False})),
            )


def _activation_missing(chain: Chain) -> Iterator[Problem]:
    """Two linear layers without an activation between them, which amount to one."""
    before: Spot | None = None
    for spot in chain:
        if spot.layer.nonlinear:
            before = None
        elif spot.layer.macs(spot.shape):
            if before and not _separable(before.layer, spot.layer):
                yield before.warn(
                    lazy(
                        "There is no activation between this {layer} and the next {next}: "
                        "two linear layers in a row can do no more than one.",
                        layer=before.layer.title,
                        next=spot.layer.title,
                    ),
                    before.repair("insert-relu", lazy("insert ReLU after it"), before.layer, ReLU()),
                )
            before = spot


def _separable(first: Layer, second: Layer) -> bool:
    """Whether the two form a separable convolution, which needs no activation in between."""
    return isinstance(first, DepthwiseConv2d) or isinstance(second, DepthwiseConv2d)


def _relu_without_effect(chain: Chain) -> Iterator[Problem]:
    """A ReLU after a layer whose output is never negative."""
    positive = False
    for spot in chain:
        if isinstance(spot.layer, ReLU) and positive:
            yield spot.warn(
                lazy("This ReLU changes nothing: its input is never negative."),
                spot.removal(),
            )
        keeps_sign = isinstance(spot.layer, WindowPool | AdaptiveAvgPool2d | Flatten | Dropout | Dropout2d)
        positive = isinstance(spot.layer, ReLU | Sigmoid | Softmax) or (positive and keeps_sign)


LAYER_RULES: tuple[Callable[[Chain], Iterator[Problem]], ...] = (
    _kernel_larger_than_map,
    _stride_larger_than_window,
    _bias_before_batch_norm,
    _activation_missing,
    _relu_without_effect,
)


# ---- the whole stack, if it works


def _softmax(stack: Chain, summary: Summary) -> Iterator[Problem]:
    """A softmax: the loss ignores the last one; any other squeezes what follows it."""
    for spot in stack[:-1]:
        if isinstance(spot.layer, Softmax):
            following = stack[spot.row + 1].layer.title
            yield spot.warn(
                lazy(
                    "A Softmax inside the stack leaves numbers that add up to 1 and hardly differ: "
                    "{next} and the loss after it learn slowly from them.",
                    next=following,
                ),
                spot.removal(),
            )
    last = stack[-1]
    if isinstance(last.layer, Softmax):
        text = lazy(
            "Cross-entropy wants scores, not probabilities. The lab computes it on the row before this "
            "Softmax, so that it may stay and be looked at; in code of your own, leave it out or use a loss "
            "that expects probabilities."
        )
        yield Problem(last.address, text, (), "note")


def _squeezed_scores(stack: Chain, summary: Summary) -> Iterator[Problem]:
    """An activation at the end that limits the scores, which the loss needs unlimited."""
    scores = stack[:-1] if isinstance(stack[-1].layer, Softmax) else stack
    last = scores[-1] if scores else stack[-1]
    if type(last.layer) in _SQUEEZES:
        yield last.warn(_SQUEEZES[type(last.layer)], last.removal())


_SQUEEZES: dict[type[Layer], Words] = {
    ReLU: lazy(
        "This ReLU cuts off the scores below 0: a class whose score is cut off learns nothing from it."
    ),
    Sigmoid: lazy(
        "This Sigmoid squeezes the scores between 0 and 1, so that no class can become much likelier."
    ),
    Tanh: lazy("This Tanh squeezes the scores between −1 and 1, so that no class can become sure."),
    Dropout: lazy(
        "This Dropout drops the scores themselves during training: "
        "the right class may be the one that is gone."
    ),
}


def _no_nonlinearity(stack: Chain, summary: Summary) -> Iterator[Problem]:
    """A network without an activation, which is a linear map of the pixels."""
    if any(spot.layer.nonlinear for spot in stack if not isinstance(spot.layer, Softmax)):
        return
    weighted = [spot for spot in stack if spot.layer.macs(spot.shape)]
    if len(weighted) == 1:
        text = lazy(
            "This is a linear classifier: one layer of weights, no nonlinearity. A good baseline to beat."
        )
        yield Problem(weighted[0].address, text, (), "note")
    else:
        text = lazy(
            "No layer of this stack is nonlinear: its {count} layers of weights together can do no "
            "more than a single one. Put an activation after each but the last.",
            count=len(weighted),
        )
        yield Problem(None, text, (), "warning")


def _vanishing(stack: Chain, summary: Summary) -> Iterator[Problem]:
    """Several sigmoids, each of which passes at most a quarter of the gradient."""
    sigmoids = [spot for spot in stack if isinstance(spot.layer, Sigmoid)]
    normalized = any(isinstance(spot.layer, Normalization) for spot in stack)
    if len(sigmoids) >= VANISHING_SIGMOIDS and not normalized:
        yield sigmoids[0].warn(
            lazy(
                "{count} Sigmoid layers: each passes on at most a quarter of the gradient, so that at most "
                "1/{part} of it reaches the layers before them, which then hardly learn.",
                count=len(sigmoids),
                part=f"{4 ** len(sigmoids):,}",
            ),
            sigmoids[0].repair("relu", lazy("make it a ReLU"), ReLU()),
        )


def _heavy_dense_layer(stack: Chain, summary: Summary) -> Iterator[Problem]:
    """A dense layer after a Flatten with nearly all the weights."""
    convolves = any(isinstance(spot.layer, SlidingWindow | Residual) for spot in stack)
    for spot in stack:
        parameters = summary.rows[spot.row].parameters
        heavy = parameters > max(DENSE_PARAMETERS, DENSE_SHARE * summary.parameters)
        if isinstance(spot.layer, Linear) and convolves and heavy:
            share = 100 * parameters / summary.parameters
            yield spot.warn(
                lazy(
                    "This one Dense layer holds {share} % of all parameters: the most to store and the "
                    "first to memorize pictures. Smaller maps before Flatten make it lighter.",
                    share=f"{share:.1f}",
                ),
                *_lighter(stack[: spot.row]),
            )


def _lighter(before: Chain) -> list[Repair]:
    """The repair that inserts pooling before the Flatten of a large dense layer."""
    flattens = [spot for spot in before if isinstance(spot.layer, Flatten) and len(spot.shape) == 3]
    if not flattens or min(flattens[-1].shape[1:]) < 2:
        return []
    row = flattens[-1].row
    return [Repair("pool", lazy("pool before Flatten"), (MaxPool2d(), Flatten()), row)]


RULES: tuple[Callable[[Chain, Summary], Iterator[Problem]], ...] = (
    _softmax,
    _squeezed_scores,
    _no_nonlinearity,
    _vanishing,
    _heavy_dense_layer,
)
