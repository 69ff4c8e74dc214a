"""Normalisation: brings each channel to mean 0 and variance 1 before it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from cnnlab.layers.base import Family, Layer, MisfitError, Repair, Shape, need_picture, shape_text
from cnnlab.layers.dense import Flatten

if TYPE_CHECKING:
    from torch import nn


class BatchNorm(Layer):
    """y = (x − mean) / sqrt(variance + 1e-5) · weight + bias, over the batch (Ioffe & Szegedy 2015).

    In evaluation the running mean and variance stand in for those of the batch.
    """

    family: ClassVar[Family] = "normalization"

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]

    def arithmetic(self, shape: Shape) -> str:
        return f"{shape[0]} + {shape[0]} = {2 * shape[0]}"

    def torch_code(self, shape: Shape) -> str:
        return f"nn.{self.kind}({shape[0]})"


class BatchNorm2d(BatchNorm):
    """One mean and variance for each channel of a picture."""

    title: ClassVar[str] = "Batch norm"
    summary: ClassVar[str] = "Centres and scales each map over the batch; training gets calmer."
    kind: Literal["BatchNorm2d"] = "BatchNorm2d"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise MisfitError(
                f"BatchNorm2d wants a picture but gets a flat vector of {shape[0]}",
                [
                    Repair("use BatchNorm1d", (BatchNorm1d(),)),
                    Repair("remove this BatchNorm2d", ()),
                ],
            )
        return need_picture(self, shape)

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.BatchNorm2d(shape[0])


class BatchNorm1d(BatchNorm):
    """One mean and variance for each feature of a flat vector."""

    title: ClassVar[str] = "Batch norm of a vector"
    summary: ClassVar[str] = "Centres and scales each feature of a vector over the batch."
    kind: Literal["BatchNorm1d"] = "BatchNorm1d"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise MisfitError(
                f"BatchNorm1d wants a flat vector but gets {shape_text(shape)}",
                [
                    Repair("use BatchNorm2d", (BatchNorm2d(),)),
                    Repair("insert Flatten", (Flatten(), self)),
                ],
            )
        return shape

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.BatchNorm1d(shape[0])
