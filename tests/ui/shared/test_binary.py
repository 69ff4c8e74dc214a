from __future__ import annotations

import json

import numpy as np
import pytest

from cnnlab.ui.shared.binary import pack


def test_arrays_lie_where_the_json_says() -> None:
    """Each on a multiple of four, so that a browser can view it in place."""
    packed = pack({"a": np.arange(3, dtype=np.uint8), "b": [np.array([[1.5]], np.float32)], "c": "x"})
    length = int.from_bytes(packed[:4], "little")
    header, blob = json.loads(packed[4 : 4 + length]), packed[4 + length :]
    assert length % 4 == 0
    assert header == {
        "a": {"$": "uint8", "shape": [3], "at": 0},
        "b": [{"$": "float32", "shape": [1, 1], "at": 4}],
        "c": "x",
    }
    assert blob[:3] == bytes([0, 1, 2])
    assert np.frombuffer(blob, "<f4", 1, 4) == 1.5


def test_numbers_that_json_does_not_know_are_refused() -> None:
    """NaN would be a syntax error in the browser."""
    with pytest.raises(ValueError, match="JSON"):
        pack({"loss": float("nan")})
