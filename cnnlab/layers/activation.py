"""Activations: the nonlinearities without which a deep stack would be a single linear map."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from cnnlab.language import N_, Words, lazy
from cnnlab.layers.base import (
    Family,
    Layer,
    MisfitError,
    Repair,
    SavedForBackward,
    Shape,
    removal,
    shape_words,
)
from cnnlab.layers.code import Argument, Fixed, Setting, Signature, called
from cnnlab.layers.dense import Flatten
from cnnlab.layers.receptive import ReceptiveField

if TYPE_CHECKING:
    from torch import nn

_INPLACE = Argument("inplace")


class Activation(Layer):
    """Base class of elementwise functions; the torch module has the same name as the kind."""

    family: ClassVar[Family] = "activation"
    nonlinear: ClassVar[bool] = True
    from_output: ClassVar[bool] = False  # whether torch computes its gradient from the output
    equation: ClassVar[str]  # what it does to x, with its settings in braces

    def written(self) -> str:
        """Write out what it does to x: 'max(0, x) + 0.01 · min(0, x)'; Φ is the normal distribution."""
        return self.equation.format_map(self.model_dump())

    def saved_for_backward(self, shape: Shape) -> SavedForBackward:
        return SavedForBackward(input=not self.from_output, output=self.from_output)

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        module: nn.Module = getattr(nn, self.kind)()
        return module


class ReLU(Activation):
    """max(0, x)."""

    title: ClassVar[Words] = "ReLU"
    summary: ClassVar[Words] = lazy("Sets every negative number to 0 and leaves the others as they are.")
    from_output: ClassVar[bool] = True
    equation: ClassVar[str] = "max(0, x)"
    in_torch: ClassVar[Signature] = Signature("nn.ReLU", (_INPLACE,), also=("relu",))
    in_keras: ClassVar[Signature] = Signature("layers.ReLU", activations=called("relu"))
    kind: Literal["ReLU"] = "ReLU"


class LeakyReLU(Activation):
    """x where positive, negative_slope · x elsewhere."""

    title: ClassVar[Words] = "Leaky ReLU"
    summary: ClassVar[Words] = lazy("Like ReLU, but negative numbers are only made smaller.")
    equation: ClassVar[str] = "max(0, x) + {negative_slope:g} · min(0, x)"
    in_torch: ClassVar[Signature] = Signature(
        "nn.LeakyReLU",
        (Setting("negative_slope", default=0.01, always="bare"), _INPLACE),
        also=("leaky_relu",),
    )
    in_keras: ClassVar[Signature] = Signature(
        "layers.LeakyReLU",
        (Setting("negative_slope", default=0.3, always="named"),),
        activations={"leaky_relu": {"negative_slope": 0.2}},
    )
    kind: Literal["LeakyReLU"] = "LeakyReLU"
    negative_slope: float = Field(default=0.01, ge=0.0, le=1.0, title=N_("Negative slope"))

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.LeakyReLU(self.negative_slope)

    def label_parts(self) -> tuple[Words, ...]:
        return (f"LeakyReLU {self.negative_slope:g}",)


class ELU(Activation):
    """x where positive, exp(x) − 1 elsewhere (Clevert et al. 2016)."""

    title: ClassVar[Words] = "ELU"
    summary: ClassVar[Words] = lazy("Like ReLU, but negative numbers level off smoothly at −1.")
    equation: ClassVar[str] = "max(0, x) + min(0, exp(x) − 1)"
    in_torch: ClassVar[Signature] = Signature("nn.ELU", (Fixed("alpha", 1.0), _INPLACE), also=("elu",))
    in_keras: ClassVar[Signature] = Signature(
        "layers.ELU", (Fixed("negative_slope", 1.0),), activations=called("elu")
    )
    kind: Literal["ELU"] = "ELU"


class SELU(Activation):
    """A scaled ELU that keeps mean 0 and variance 1 (Klambauer et al. 2017)."""

    title: ClassVar[Words] = "SELU"
    summary: ClassVar[Words] = lazy("A scaled ELU that keeps the mean near 0 and the variance near 1.")
    equation: ClassVar[str] = "1.0507 · (max(0, x) + 1.67326 · min(0, exp(x) − 1))"
    in_torch: ClassVar[Signature] = Signature("nn.SELU", (_INPLACE,), also=("selu",))
    in_keras: ClassVar[Signature] = Signature(activations=called("selu"))
    kind: Literal["SELU"] = "SELU"


class GELU(Activation):
    """x · Φ(x) (Hendrycks & Gimpel 2016)."""

    title: ClassVar[Words] = "GELU"
    summary: ClassVar[Words] = lazy(
        "A smooth ReLU: each number times the share of a bell curve that lies below it."
    )
    equation: ClassVar[str] = "x · Φ(x)"
    in_torch: ClassVar[Signature] = Signature("nn.GELU", (Fixed("approximate", "none"),), also=("gelu",))
    in_keras: ClassVar[Signature] = Signature(activations=called("gelu"))
    kind: Literal["GELU"] = "GELU"


class SiLU(Activation):
    """x · sigmoid(x)."""

    title: ClassVar[Words] = "SiLU"
    summary: ClassVar[Words] = lazy("A smooth ReLU: each number times its own sigmoid.")
    equation: ClassVar[str] = "x / (1 + exp(−x))"
    in_torch: ClassVar[Signature] = Signature("nn.SiLU", (_INPLACE,), also=("silu",))
    in_keras: ClassVar[Signature] = Signature(activations=called("silu", "swish"))
    kind: Literal["SiLU"] = "SiLU"


class Sigmoid(Activation):
    """1 / (1 + exp(−x))."""

    title: ClassVar[Words] = "Sigmoid"
    summary: ClassVar[Words] = lazy("Squeezes every number into the range from 0 to 1.")
    from_output: ClassVar[bool] = True
    equation: ClassVar[str] = "1 / (1 + exp(−x))"
    in_torch: ClassVar[Signature] = Signature("nn.Sigmoid", also=("sigmoid",))
    in_keras: ClassVar[Signature] = Signature(activations=called("sigmoid"))
    kind: Literal["Sigmoid"] = "Sigmoid"


class Tanh(Activation):
    """tanh(x)."""

    title: ClassVar[Words] = "Tanh"
    summary: ClassVar[Words] = lazy("Squeezes every number into the range from −1 to 1.")
    from_output: ClassVar[bool] = True
    equation: ClassVar[str] = "tanh(x)"
    in_torch: ClassVar[Signature] = Signature("nn.Tanh", also=("tanh",))
    in_keras: ClassVar[Signature] = Signature(activations=called("tanh"))
    kind: Literal["Tanh"] = "Tanh"


class Softmax(Activation):
    """exp(xᵢ) / Σ exp(xⱼ) over the features of a flat vector."""

    title: ClassVar[Words] = "Softmax"
    summary: ClassVar[Words] = lazy("Turns the scores into probabilities that add up to 1.")
    from_output: ClassVar[bool] = True
    equation: ClassVar[str] = "exp(x) / Σ exp"
    in_torch: ClassVar[Signature] = Signature("nn.Softmax", (Argument("dim"),), also=("softmax",))
    in_keras: ClassVar[Signature] = Signature(
        "layers.Softmax", (Fixed("axis", -1),), activations=called("softmax")
    )
    kind: Literal["Softmax"] = "Softmax"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise MisfitError(
                lazy(
                    "{layer} needs one long row of scores, but gets {input}.",
                    layer=self.title,
                    input=shape_words(shape),
                ),
                [
                    Repair("flatten", lazy("insert Flatten"), (Flatten(), self)),
                    removal(self),
                ],
            )
        return shape

    def receptive_field(self, seen: ReceptiveField, shape: Shape) -> ReceptiveField:
        return seen.whole()

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.Softmax(dim=1)

    def torch_code(self, shape: Shape) -> str:
        return "nn.Softmax(dim=1)"


KINDS: tuple[type[Layer], ...] = (ReLU, LeakyReLU, ELU, SELU, GELU, SiLU, Sigmoid, Tanh, Softmax)
