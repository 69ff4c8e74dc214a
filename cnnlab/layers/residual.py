"""The residual block: freely chosen layers, and a shortcut around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from cnnlab.ground.limits import MAX_LAYERS
from cnnlab.language import N_, Words, lazy, lazy_plural
from cnnlab.layers.activation import ReLU
from cnnlab.layers.base import Branch, Family, Join, Layer, MisfitError, Repair, Shape, removal, shape_words
from cnnlab.layers.code import Argument, Signature, call_code
from cnnlab.layers.convolution import Conv2d, SlidingWindow
from cnnlab.layers.dense import Linear
from cnnlab.layers.kinds import PlainLayer
from cnnlab.layers.normalization import BatchNorm1d, BatchNorm2d
from cnnlab.layers.windows import window_steps

if TYPE_CHECKING:
    from torch import nn

_USUAL = (
    Conv2d(out_channels=32, padding="same", bias=False),
    BatchNorm2d(),
    ReLU(),
    Conv2d(out_channels=32, padding="same", bias=False),
    BatchNorm2d(),
)


class Residual(Layer):
    """y = F(x) + x, where F are the layers inside (He et al. 2016).

    If F changes the shape, x goes through a projection: a 1×1 convolution without bias, with the stride that
    makes the maps as small as those of F (for a vector a Linear layer without bias), optionally followed by
    batch normalization, as in the paper's networks.
    """

    family: ClassVar[Family] = "block"
    nonlinear: ClassVar[bool] = True
    join: ClassVar[Join] = "add"
    title: ClassVar[Words] = lazy("Residual block")
    summary: ClassVar[Words] = lazy(
        "Adds its input to the output of the layers inside, so that deep networks still learn."
    )

    in_torch: ClassVar[Signature] = Signature("Residual", (Argument("inside"), Argument("shortcut")))
    in_keras: ClassVar[Signature] = in_torch

    kind: Literal["Residual"] = "Residual"
    layers: Annotated[
        tuple[PlainLayer, ...],
        Field(min_length=1, max_length=MAX_LAYERS - 1),
    ] = _USUAL
    projection_norm: bool = Field(default=False, title=N_("Batch norm after the projection"))

    def layers_inside(self) -> int:
        return sum(1 + layer.layers_inside() for layer in self.layers)

    def branches(self, shape: Shape) -> tuple[Branch, ...]:
        shortcut = self._shortcut(shape, self._inside(shape))
        if shortcut is None:
            raise self._mismatch(shape)
        name = lazy("projection") if shortcut else lazy("identity")
        return (Branch(lazy("inside"), self.layers), Branch(name, shortcut))

    def output_shape(self, shape: Shape) -> Shape:
        output = self._inside(shape)
        if self._shortcut(shape, output) is None:
            raise self._mismatch(shape)
        return output

    def _inside(self, shape: Shape) -> Shape:
        """Return the output shape of the layers inside; raises MisfitError with repairs of the block."""
        before = shape
        for index, layer in enumerate(self.layers):
            try:
                shape = layer.output_shape(shape)
            except MisfitError as misfit:
                problem = lazy(
                    "Inside, layer {number} ({layer}): {problem}",
                    number=index + 1,
                    layer=layer.title,
                    problem=misfit.problem,
                )
                raise MisfitError(problem, [*self._lifted(index, misfit, before), removal(self)]) from None
        return shape

    def _lifted(self, index: int, misfit: MisfitError, shape: Shape) -> list[Repair]:
        """Turn the repairs of a layer inside into repairs of the whole block."""
        repairs = []
        for repair in misfit.repairs:
            repaired = (*self.layers[:index], *repair.replacement, *self.layers[index + 1 :])
            block = self.model_copy(update={"layers": repaired})
            if repaired and block._works(shape):
                label = lazy("inside: {repair}", repair=repair.label)
                repairs.append(Repair(f"{index}-{repair.code}", label, (block,)))
        return repairs

    def _shortcut(self, shape: Shape, output: Shape) -> tuple[Layer, ...] | None:
        """Return the layers of the shortcut, empty if x can be added as it is; None if nothing fits."""
        if shape == output:
            return ()
        if len(shape) != len(output):
            return None
        if len(shape) == 1:
            return self._projection(Linear.model_construct(out_features=output[0], bias=False), BatchNorm1d())
        for stride in range(1, max(shape[1:]) + 1):
            if tuple(window_steps(side, 1, stride, 0) for side in shape[1:]) == output[1:]:
                projection = Conv2d.model_construct(
                    out_channels=output[0], kernel_size=1, stride=stride, bias=False
                )
                return self._projection(projection, BatchNorm2d())
        return None

    def _projection(self, layer: Layer, norm: Layer) -> tuple[Layer, ...]:
        return (layer, norm) if self.projection_norm else (layer,)

    def _mismatch(self, shape: Shape) -> MisfitError:
        """Return the error that x cannot be added to the output of the layers inside."""
        padded = tuple(
            layer.padded() if isinstance(layer, SlidingWindow) and layer.stride == 1 else layer
            for layer in self.layers
        )
        whole = self.model_copy(update={"layers": padded})
        same = (
            [Repair("pad-inside", lazy('use padding "same" inside'), (whole,))] if whole._works(shape) else []
        )
        return MisfitError(
            lazy(
                "The layers inside turn {input} into {output}, so the input cannot be added to their output.",
                output=shape_words(self._inside(shape)),
                input=shape_words(shape),
            ),
            [
                *same,
                Repair("no-way-around", lazy("use its layers without the shortcut"), self.layers),
                removal(self),
            ],
        )

    def _works(self, shape: Shape) -> bool:
        try:
            return self._shortcut(shape, self._inside(shape)) is not None
        except MisfitError:
            return False

    def build(self, shape: Shape) -> nn.Module:
        from cnnlab.layers import modules

        inside, shortcut = self.branches(shape)
        return modules.Residual(inside.build(shape), shortcut.build(shape))

    def torch_code(self, shape: Shape) -> str:
        inside, shortcut = self.branches(shape)
        return call_code("Residual", [inside.torch_code(shape), shortcut.torch_code(shape)])

    def torch_class(self) -> str:
        return _TORCH

    def keras_code(self, shape: Shape) -> list[str]:
        inside, shortcut = self.branches(shape)
        projection = [shortcut.keras_code(shape)] if shortcut.layers else []
        return [call_code("Residual", [inside.keras_code(shape), *projection])]

    def keras_class(self) -> str:
        return _KERAS

    def label_parts(self) -> tuple[Words, ...]:
        count = len(self.layers)
        return (self.kind, lazy_plural("{count} layer inside", "{count} layers inside", count))


_TORCH = '''
class Residual(nn.Module):
    """The output of the layers inside plus their input (or its projection)."""

    def __init__(self, inside, shortcut):
        super().__init__()
        self.inside, self.shortcut = inside, shortcut

    def forward(self, x):
        return self.inside(x) + self.shortcut(x)
'''
_KERAS = '''
class Residual(layers.Layer):
    """The output of the layers inside plus their input (or its projection)."""

    def __init__(self, inside, shortcut=()):
        super().__init__()
        self.inside = keras.Sequential(inside)
        self.shortcut = keras.Sequential(shortcut or [layers.Identity()])

    def call(self, x, training=None):
        return self.inside(x, training=training) + self.shortcut(x)
'''
