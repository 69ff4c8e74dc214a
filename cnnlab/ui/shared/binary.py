"""A binary format for the browser: a JSON value with arrays in it, which JavaScript reads without copying.

Four bytes (the length of the JSON, little-endian), the JSON, then the arrays one after another, each aligned
to four bytes. In place of an array the JSON has {"$": type, "shape": [...], "at": offset}. The counterpart
is `unpack` in assets/shared/unpack.js.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

_TYPES = {"uint8": "|u1", "int8": "|i1", "float32": "<f4"}


def pack(value: Any) -> bytes:
    """Pack dictionaries, lists, text, numbers, and arrays of uint8, int8 or float32."""
    arrays: list[bytes] = []
    end = 0

    def append(array: np.ndarray) -> dict[str, Any]:
        nonlocal end
        body = array.astype(_TYPES[array.dtype.name], copy=False).tobytes()
        at = end
        arrays.append(_padded(body, b"\0"))
        end += len(arrays[-1])
        return {"$": array.dtype.name, "shape": array.shape, "at": at}

    header = _padded(json.dumps(value, default=append, allow_nan=False).encode(), b" ")
    return b"".join([len(header).to_bytes(4, "little"), header, *arrays])


def _padded(body: bytes, padding: bytes) -> bytes:
    return body + padding * (-len(body) % 4)
