"""The browser's half of cnnlab/ui/shared/binary.py, for tests: bytes back into dictionaries with arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def unpack(packed: bytes) -> Any:
    """The packed value, its arrays as NumPy arrays."""
    length = int.from_bytes(packed[:4], "little")
    blob = packed[4 + length :]

    def revive(value: dict[str, Any]) -> Any:
        if "$" not in value:
            return value
        count = int(np.prod(value["shape"]))
        return np.frombuffer(blob, value["$"], count, value["at"]).reshape(value["shape"])

    return json.loads(packed[4 : 4 + length], object_hook=revive)
