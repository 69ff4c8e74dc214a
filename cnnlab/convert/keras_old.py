"""Older versions of Keras: the other names and defaults of Keras 1 and 2."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from cnnlab.convert.values import Call, is_whole
from cnnlab.language import Words, lazy
from cnnlab.training.optimizer_kinds import OPTIMIZERS

_NAMES = {
    "border_mode": "padding",
    "subsample": "strides",
    "output_dim": "units",
    "nb_filter": "filters",
    "alpha": "negative_slope",
    "init": "kernel_initializer",
    "bias": "use_bias",
    "p": "rate",
    "poolsize": "pool_size",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "gamma_init": "gamma_initializer",
    "beta_init": "beta_initializer",
}
_ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
# Arguments that only Keras 1 has, in calls of layers, in compile and in fit.
_WORDS = frozenset(
    [
        "border_mode",
        "subsample",
        "nb_epoch",
        "dim_ordering",
        "nb_filter",
        "nb_row",
        "nb_col",
        "poolsize",
        "show_accuracy",
        "W_regularizer",
        "b_regularizer",
        "W_constraint",
        "b_constraint",
        "nb_val_samples",
        "samples_per_epoch",
    ]
)
_WORDS_OF_LAYERS = frozenset(("init", "output_dim", "bias"))  # other calls may have them too
_LAYERS = ("Convolution2D", "Conv2D", "Dense", "SeparableConvolution2D")
_SECOND = ("fit_generator", "predict_classes", "predict_generator", "evaluate_generator")
_OLD_MODULES = ("keras.layers.core", "keras.layers.convolutional", "keras.layers.normalization", "np_utils")
_CONVOLUTION = [
    "filters",
    "nb_row",
    "nb_col",
    "kernel_initializer",
    "activation",
    "weights",
    "padding",
    "strides",
    "data_format",
]
_DENSE = ("units", "kernel_initializer", "activation")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The version of Keras that a text is written for: 1, 2, or 3 for the current one; `known` if certain."""

    version: int
    known: bool


def dialect_of(statements: tuple[ast.stmt, ...]) -> Dialect:
    """Detect the version of Keras by its typical names; without any, the current one is assumed."""
    second = today = False
    optimizers = {kind.keras.name for kind in OPTIMIZERS.values()}
    for node in (each for statement in statements for each in ast.walk(statement)):
        if isinstance(node, ast.Call):
            words = {keyword.arg for keyword in node.keywords}
            name = _name(node.func)
            if words & _WORDS or (words & _WORDS_OF_LAYERS and name in _LAYERS) or "dim_ordering" in name:
                return Dialect(1, True)
            second |= name in _SECOND or ("lr" in words and name in optimizers)
        elif isinstance(node, ast.ImportFrom):
            today |= (node.module or "").startswith("tensorflow")
            second |= (node.module or "").startswith(_OLD_MODULES) or any(
                alias.name in _OLD_MODULES for alias in node.names
            )
        elif isinstance(node, ast.Import):
            today |= any(alias.name.startswith("tensorflow") for alias in node.names)
    return Dialect(3, True) if today else Dialect(2, True) if second else Dialect(3, False)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def modern(call: Call, dialect: Dialect) -> Call:
    """Update the call of a layer, in place, to the current names and positions of its arguments."""
    if dialect.version == 1:
        _name_arguments(call)
    kwargs: dict[str, Any] = {_NAMES.get(name, name): value for name, value in call.kwargs.items()}
    ordering = kwargs.pop("dim_ordering", None)
    if isinstance(ordering, str) and ordering in _ORDERINGS:
        kwargs["data_format"] = _ORDERINGS[ordering]
    if "nb_row" in kwargs and "nb_col" in kwargs:
        kwargs["kernel_size"] = (kwargs.pop("nb_row"), kwargs.pop("nb_col"))
    call.kwargs = kwargs
    return call


def _name_arguments(call: Call) -> None:
    """Name Keras 1's positional arguments; a convolution had rows and columns."""
    args = call.args
    if (
        call.name in ("Convolution2D", "Conv2D", "SeparableConvolution2D")
        and len(args) > 2
        and is_whole(args[2])
    ):
        if len(args) > 3 and is_whole(args[3]):  # before Keras 1: filters, channels, rows, columns
            args = (args[0], *args[2:])
        call.kwargs = dict(zip(_CONVOLUTION, args, strict=False)) | call.kwargs
        call.args = ()
    elif call.name == "Dense" and len(args) > 1 and (isinstance(args[1], str) and len(args) > 2):
        call.kwargs = dict(zip(_DENSE, args, strict=False)) | call.kwargs
        call.args = ()


def third_number(call: Call, dialect: Dialect) -> Words:
    """Explain the third number of Conv2D(16, 3, 3); empty if there is none."""
    third = call.args[2] if call.name in ("Convolution2D", "Conv2D") and len(call.args) > 2 else None
    if dialect.version == 1 or not is_whole(third):
        return ""
    return lazy(
        "the third number, {number}, is the stride in today's Keras; "
        "Keras 1 read it as a side of the kernel.",
        number=third,
    )
