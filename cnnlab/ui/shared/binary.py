"""Numbers for the browser: one JSON value with arrays in it, as bytes that JavaScript reads without copying.

Four bytes (the length of the JSON, little-endian), the JSON, then the arrays one after another, each on a
multiple of four. Where an array stood the JSON says {"$": type, "shape": [...], "at": offset}. The other half
is `unpack` in assets/shared/unpack.js.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

_TYPES = {"uint8": "|u1", "int8": "|i1", "float32": "<f4"}


def pack(value: Any) -> bytes:
    """Dictionaries, lists, text, numbers, and arrays of uint8, int8 or float32."""
    arrays: list[bytes] = []
    end = 0

    def place(array: np.ndarray) -> dict[str, Any]:
        nonlocal end
        body = array.astype(_TYPES[array.dtype.name], copy=False).tobytes()
        at = end
        arrays.append(_filled_up(body, b"\0"))
        end += len(arrays[-1])
        return {"$": array.dtype.name, "shape": array.shape, "at": at}

    header = _filled_up(json.dumps(value, default=place, allow_nan=False).encode(), b" ")
    return b"".join([len(header).to_bytes(4, "little"), header, *arrays])


def _filled_up(body: bytes, filler: bytes) -> bytes:
    return body + filler * (-len(body) % 4)
