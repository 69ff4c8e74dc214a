"""Functions that the two writers share: assembling a script, and choosing its data."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cnnlab.data import DataRecord
from cnnlab.design.design import Design
from cnnlab.layers import Layer, Residual
from cnnlab.training.config import TrainConfig


def script_code(parts: list[str]) -> str:
    """Join the parts of a script with the blank lines that Python's style requires."""
    code, after_definition = "", False
    for part in parts:
        part = part.strip("\n") + "\n"
        defines = part.startswith(("def ", "class ", "@", "if "))
        blank_lines = "\n\n" if defines or after_definition else "\n"
        code += (blank_lines if code else "") + part
        after_definition = defines
    return code


def text_code(text: str) -> str:
    """Return a text as a Python string literal, whatever characters it contains."""
    return json.dumps(text, ensure_ascii=False)


def chosen_data(design: Design, data: str | None, loadable: Sequence[DataRecord]) -> DataRecord | None:
    """Choose the data set that a script loads: the requested one, else MNIST or CIFAR-10 if they fit.

    `loadable` are those that the script's library has. None: the script reads a folder of pictures.
    """
    known = {record.info.name: record for record in loadable}
    for name in (data, "mnist", "cifar10"):
        record = known.get(name or "")
        wanted = (design.input_shape, design.classes)
        if record and (record.info.input_shape, len(record.info.classes)) == wanted:
            return record
    return None


def left_out(config: TrainConfig, used: set[str]) -> str:
    """Return a comment with the settings that a script does not support; empty if there are none."""
    machine = {"device", "precision", "fast"}
    usual = TrainConfig()
    names = [
        name.replace("_", " ")
        for name in TrainConfig.model_fields
        if name not in used | machine and getattr(config, name) != getattr(usual, name)
    ]
    return f"# Left out of this script: {', '.join(names)}.\n" if names else ""


def every_layer(design: Design) -> list[Layer]:
    """Return all rows and the layers inside residual blocks, for which a script may need classes."""
    return [
        each for row in design.layers for each in (row, *(row.layers if isinstance(row, Residual) else ()))
    ]
