"""The files of studies: how many of them a folder keeps."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cnnlab.studies import results
from cnnlab.studies.question import BUNDLED, Question
from cnnlab.studies.results import read_result, write_result


def test_the_oldest_results_go_when_a_folder_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their bytes: many small ones stay where few large ones do not."""
    monkeypatch.setattr(results, "_KEPT", 50_000)
    noise = np.random.default_rng(0)

    def keep(name: str, numbers: int) -> None:
        question = Question("grade", BUNDLED, 0, "", name)
        write_result(tmp_path / f"{name}.npz", question, {"values": noise.random(numbers)})
        os.utime(tmp_path / f"{name}.npz", (len(made), len(made)))
        made.append(name)

    made: list[str] = []
    for each in range(20):
        keep(f"small-{each}", 10)
    assert len(list(tmp_path.iterdir())) == 20
    keep("large", 5_500)
    keep("last", 10)
    left = {path.stem for path in tmp_path.iterdir()}
    assert {"last", "large"} <= left
    assert "small-0" not in left
    assert "small-19" in left
    question = Question("grade", BUNDLED, 0, "", "large")
    assert read_result(tmp_path / "large.npz", question) is not None
