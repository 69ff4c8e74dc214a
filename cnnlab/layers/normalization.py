"""Normalization: gives each channel mean 0 and variance 1."""

from __future__ import annotations

from math import gcd, prod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from cnnlab.ground.limits import MAX_CHANNELS
from cnnlab.language import N_, Words, lazy, lazy_plural
from cnnlab.layers.base import (
    Family,
    Layer,
    MisfitError,
    Repair,
    SavedForBackward,
    Shape,
    need_picture,
    removal,
    shape_words,
)
from cnnlab.layers.code import Constant, Count, Fixed, Setting, Signature, WholeShape, free
from cnnlab.layers.dense import Flatten
from cnnlab.layers.receptive import ReceptiveField

if TYPE_CHECKING:
    from torch import nn

_TORCH_NOTE = lazy("batch norm here has ε 1e-5 and momentum 0.1.")
_TORCH_BATCH = (
    *(
        Count("num_features"),
        Constant("eps", 1e-5, 1e-5, _TORCH_NOTE),
        Constant("momentum", 0.1, 0.1, _TORCH_NOTE),
    ),
    *(Fixed("affine", True), Fixed("track_running_stats", True)),
)
_KERAS_NOTE = lazy("batch norm here has PyTorch's ε 1e-5 and momentum 0.9 (as Keras counts it).")
_KERAS_EPSILON = Constant("epsilon", 1e-5, 1e-3, lazy("normalization here has PyTorch's ε, 1e-5."))
_CENTER_AND_SCALE = (Fixed("center", True), Fixed("scale", True))


class Normalization(Layer):
    """Base class of normalizations."""

    family: ClassVar[Family] = "normalization"

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=True)


class BatchNorm(Normalization):
    """y = (x − mean) / sqrt(variance + 1e-5) · weight + bias, over the batch (Ioffe & Szegedy 2015).

    In evaluation mode the running mean and variance replace those of the batch.
    """

    in_keras: ClassVar[Signature] = Signature(
        "layers.BatchNormalization",
        (
            *free("axis"),
            *(Constant("momentum", 0.9, 0.99, _KERAS_NOTE), Constant("epsilon", 1e-5, 1e-3, _KERAS_NOTE)),
            *(*_CENTER_AND_SCALE, *free("beta_initializer gamma_initializer")),
            *free("moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer"),
        ),
    )

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]

    def formula(self, shape: Shape) -> str:
        return f"{shape[0]:,} + {shape[0]:,}"


class BatchNorm2d(BatchNorm):
    """One mean and variance for each channel of a picture."""

    title: ClassVar[Words] = lazy("Batch norm")
    summary: ClassVar[Words] = lazy(
        "Centers and scales each map over the batch, which makes training more stable."
    )
    in_torch: ClassVar[Signature] = Signature("nn.BatchNorm2d", _TORCH_BATCH)
    kind: Literal["BatchNorm2d"] = "BatchNorm2d"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise MisfitError(
                lazy(
                    "{layer} needs a picture or maps, but gets {input}.",
                    layer=self.title,
                    input=shape_words(shape),
                ),
                [
                    Repair("batch-norm-1d", lazy("use {layer}", layer=BatchNorm1d.title), (BatchNorm1d(),)),
                    removal(self),
                ],
            )
        return need_picture(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.BatchNorm2d(shape[0])


class BatchNorm1d(BatchNorm):
    """One mean and variance for each feature of a flat vector."""

    title: ClassVar[Words] = lazy("Batch norm of a vector")
    summary: ClassVar[Words] = lazy("Centers and scales each number of the row over the batch.")
    in_torch: ClassVar[Signature] = Signature("nn.BatchNorm1d", _TORCH_BATCH)
    kind: Literal["BatchNorm1d"] = "BatchNorm1d"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise MisfitError(
                lazy(
                    "{layer} needs one long row of numbers, but gets {input}.",
                    layer=self.title,
                    input=shape_words(shape),
                ),
                [
                    Repair("batch-norm-2d", lazy("use {layer}", layer=BatchNorm2d.title), (BatchNorm2d(),)),
                    Repair("flatten", lazy("insert Flatten"), (Flatten(), self)),
                ],
            )
        return shape

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.BatchNorm1d(shape[0])


class GroupNorm(Normalization):
    """Mean 0 and variance 1 for each group of maps of each picture (Wu & He 2018), whatever the batch."""

    title: ClassVar[Words] = lazy("Group norm")
    summary: ClassVar[Words] = lazy(
        "Centers and scales groups of maps within one picture, so small batches do no harm."
    )
    in_torch: ClassVar[Signature] = Signature(
        "nn.GroupNorm", (Setting("num_groups"), Count("num_channels"), *free("eps"), Fixed("affine", True))
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.GroupNormalization",
        (
            Setting("groups", "num_groups", 32, always="bare"),
            *(*free("axis"), _KERAS_EPSILON, *_CENTER_AND_SCALE),
        ),
    )
    kind: Literal["GroupNorm"] = "GroupNorm"
    num_groups: int = Field(default=8, ge=1, le=MAX_CHANNELS, title=N_("Groups"))

    def output_shape(self, shape: Shape) -> Shape:
        channels, _, _ = need_picture(self, shape)
        if channels % self.num_groups:
            fitting = gcd(channels, self.num_groups)
            fitted = self.model_copy(update={"num_groups": fitting})
            raise MisfitError(
                lazy(
                    "{maps} maps cannot be divided among {groups} groups.",
                    maps=f"{channels:,}",
                    groups=f"{self.num_groups:,}",
                ),
                [
                    Repair(
                        "fewer-groups",
                        lazy_plural("use {count} group", "use {count} groups", fitting),
                        (fitted,),
                    ),
                    removal(self),
                ],
            )
        return shape

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]

    def formula(self, shape: Shape) -> str:
        return f"{shape[0]:,} + {shape[0]:,}"

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        return seen.whole()

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.GroupNorm(self.num_groups, shape[0])

    def label_parts(self) -> tuple[Words, ...]:
        return (f"GroupNorm {self.num_groups}",)


class LayerNorm(Normalization):
    """Mean 0 and variance 1 over all numbers of one picture or vector (Ba et al. 2016).

    Each number has its own weight and bias, as in torch's LayerNorm over the whole shape.
    """

    title: ClassVar[Words] = lazy("Layer norm")
    summary: ClassVar[Words] = lazy(
        "Centers and scales all numbers of one picture, whatever else is in the batch."
    )
    in_torch: ClassVar[Signature] = Signature(
        "nn.LayerNorm",
        (
            WholeShape("normalized_shape"),
            *(*free("eps"), Fixed("elementwise_affine", True), Fixed("bias", True)),
        ),
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.LayerNormalization", (*free("axis"), _KERAS_EPSILON, *_CENTER_AND_SCALE)
    )
    kind: Literal["LayerNorm"] = "LayerNorm"

    def parameters(self, shape: Shape) -> int:
        return 2 * prod(shape)

    def formula(self, shape: Shape) -> str:
        return f"{prod(shape):,} + {prod(shape):,}"

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        return seen.whole()

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.LayerNorm(shape)

    def keras_code(self, shape: Shape) -> list[str]:
        axis = "axis=[1, 2, 3], " if len(shape) == 3 else ""
        return [f"{self.in_keras.call}({axis}epsilon=1e-5)"]


KINDS: tuple[type[Layer], ...] = (BatchNorm2d, BatchNorm1d, GroupNorm, LayerNorm)
