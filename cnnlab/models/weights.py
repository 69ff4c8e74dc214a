"""Weight files: safetensors, written so that a reader finds the old file or the new one, never a torn one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from cnnlab.ground.errors import WeightsError
from cnnlab.ground.files import whole_file
from cnnlab.language import lazy


def write_tensors(path: Path, tensors: dict[str, Tensor], numbers: dict[str, Any] | None = None) -> str:
    """Write tensors and plain numbers to a file and return its SHA-256; raises OSError on a full disk."""
    body = save(tensors, {"numbers": json.dumps(numbers or {})})
    with whole_file(path) as temporary:
        temporary.write_bytes(body)
    return hashlib.sha256(body).hexdigest()


def read_tensors(path: Path, sha256: str | None = None) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and numbers of a file; raises WeightsError where it is missing or not what was written."""
    try:
        body = path.read_bytes()  # once: a writer may put another file in its place at any time
        if sha256 is not None and hashlib.sha256(body).hexdigest() != sha256:
            raise WeightsError(
                lazy("the file is damaged: its hash is not the one on record"), where=path.name
            )
        return load(body), _numbers(body)
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise WeightsError(
            lazy("the weights cannot be read ({reason})", reason=str(error)), where=path.name
        ) from None


def _numbers(body: bytes) -> dict[str, Any]:
    """safetensors begins with the length of a JSON header, which may hold words of one's own."""
    header = json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])
    numbers: dict[str, Any] = json.loads(header.get("__metadata__", {}).get("numbers", "{}"))
    return numbers
