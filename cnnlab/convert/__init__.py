"""Code in and out: Keras, PyTorch, a design file, or a link. Imported code is never executed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

from cnnlab.convert import link
from cnnlab.convert.locations import CellOf, error_in_cells, in_cells
from cnnlab.convert.settings import SettingsOnlyError
from cnnlab.convert.stack import Imported
from cnnlab.data import BUILT_IN, DataRecord
from cnnlab.design.design import Design
from cnnlab.ground.errors import DesignError
from cnnlab.language import lazy
from cnnlab.training.config import TrainConfig

Kind = Literal["pytorch", "keras", "json", "link"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TORCH = re.compile(r"\btorch\b|(?<!tf\.)\bnn\.\w|Conv2d|MaxPool2d|\bLinear\(|DataLoader")
_KERAS = re.compile(
    r"\bkeras\b|(?<!nn\.)\bSequential\(|\btensorflow\b|Conv2D|MaxPool(?:ing)?2D|\bDense\(|\.add\("
    r"|\.compile\(|\.fit\("
)


def read_design(text: str, sets: Sequence[DataRecord] = BUILT_IN) -> Imported:
    """Read a design from whatever was pasted: a design file, a notebook, a link, Keras or PyTorch code.

    `sets` are the data sets that code may load. Raises DesignError that says what is wrong and, for
    code, in which line: SettingsOnlyError for code that trains a network which is not in it.
    """
    from cnnlab.convert.notebook import code_of, is_notebook

    if is_notebook(text):
        code, cell_of = code_of(text)
        try:
            return _in_cells(_read_text(code, sets), cell_of)
        except DesignError as error:
            raise error_in_cells(error, cell_of) from None
    return _read_text(text, sets)


def _read_text(text: str, sets: Sequence[DataRecord]) -> Imported:
    from cnnlab.convert.source import require_size

    require_size(text)
    if not text.strip():
        raise DesignError(lazy("the text is empty"), allowed=_ALLOWED)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return Imported(Design.from_json(text))
    found = link.from_address(text)
    if found is not None:
        design, config = link.decode(found)
        return Imported(design, config)
    return _read_code(text, sets)


def _read_code(text: str, sets: Sequence[DataRecord]) -> Imported:
    from cnnlab.convert.keras_reader import read_keras
    from cnnlab.convert.source import read_source
    from cnnlab.convert.torch_reader import read_torch

    torch, keras = len(_TORCH.findall(text)), len(_KERAS.findall(text))
    if not torch and not keras:
        raise DesignError(lazy("no network was found in it"), allowed=_ALLOWED)
    source = read_source(text)
    try:
        return read_torch(source, sets) if torch >= keras else read_keras(source, sets)
    except RecursionError:
        problem, repair = lazy("the network is nested too deeply"), lazy("Paste only the network")
        raise DesignError(problem, repair=repair) from None


def _in_cells(imported: Imported, cell_of: CellOf) -> Imported:
    warnings, notes = (
        tuple(in_cells(words, cell_of) for words in group) for group in (imported.warnings, imported.notes)
    )
    return replace(imported, warnings=warnings, notes=notes)


_ALLOWED = lazy("Keras or PyTorch code, a notebook, a design file, or a link")


def write_design(
    design: Design,
    config: TrainConfig | None,
    kind: Kind,
    data: str | None = None,
    sets: Sequence[DataRecord] = BUILT_IN,
) -> str:
    """Write a design as a standalone script, a design file or a link; raises DesignError if it cannot work.

    `data` is the name of the one of `sets` that the script loads; without it the input shape decides.
    """
    if kind == "json":
        return design.to_json()
    if kind == "link":
        return link.encode(design, config)
    if kind == "keras":
        from cnnlab.convert.keras_writer import write_keras

        return write_keras(design, config or TrainConfig(), data, sets)
    from cnnlab.convert.torch_writer import write_torch

    return write_torch(design, config or TrainConfig(), data, sets)


__all__ = ["KINDS", "Imported", "Kind", "SettingsOnlyError", "link", "read_design", "write_design"]
