"""Weight files in safetensors format, written atomically: a reader finds the old file or the new one."""

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
    """Return a file's tensors and numbers; raises WeightsError if it is missing or damaged."""
    try:
        body = path.read_bytes()  # only once: a writer may replace the file at any time
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
    """Parse a safetensors header: its length, then JSON that may contain metadata of the application."""
    header = json.loads(body[8 : 8 + int.from_bytes(body[:8], "little")])
    numbers: dict[str, Any] = json.loads(header.get("__metadata__", {}).get("numbers", "{}"))
    return numbers
