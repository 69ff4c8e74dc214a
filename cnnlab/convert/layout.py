"""What the two writers share: the parts of a script, and which data it loads."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cnnlab.data import DataRecord
from cnnlab.design.design import Design
from cnnlab.layers import Layer, Residual
from cnnlab.training.config import TrainConfig


def script_code(parts: list[str]) -> str:
    """Parts of a script, with the room between them that Python's style asks for."""
    code, after_definition = "", False
    for part in parts:
        part = part.strip("\n") + "\n"
        defines = part.startswith(("def ", "class ", "@", "if "))
        room = "\n\n" if defines or after_definition else "\n"
        code += (room if code else "") + part
        after_definition = defines
    return code


def text_code(text: str) -> str:
    """A text as Python writes it, whatever signs are in it."""
    return json.dumps(text, ensure_ascii=False)


def chosen_data(design: Design, data: str | None, loadable: Sequence[DataRecord]) -> DataRecord | None:
    """The data set that a script loads: the one that is asked for, else MNIST or CIFAR-10 where these fit.

    `loadable`: those that the script's library has. None: the script reads a folder of pictures.
    """
    known = {record.info.name: record for record in loadable}
    for name in (data, "mnist", "cifar10"):
        record = known.get(name or "")
        wanted = (design.input_shape, design.classes)
        if record and (record.info.input_shape, len(record.info.classes)) == wanted:
            return record
    return None


def left_out(config: TrainConfig, used: set[str]) -> str:
    """A comment that names the settings which a script cannot follow; empty where there are none."""
    machine = {"device", "precision", "fast"}
    usual = TrainConfig()
    names = [
        name.replace("_", " ")
        for name in TrainConfig.model_fields
        if name not in used | machine and getattr(config, name) != getattr(usual, name)
    ]
    return f"# Left out of this script: {', '.join(names)}.\n" if names else ""


def every_layer(design: Design) -> list[Layer]:
    """The rows and the layers of a person's choice inside of them, for which a script may need classes."""
    return [
        each for row in design.layers for each in (row, *(row.layers if isinstance(row, Residual) else ()))
    ]
