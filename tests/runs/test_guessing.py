from __future__ import annotations

import pytest

from cnnlab.runs.guessing import guesses


@pytest.mark.parametrize(
    ("confusion", "guessing"),
    [
        ([[25, 0, 0], [25, 0, 0], [25, 0, 0]], True),  # one answer to everything
        ([[90, 0], [10, 0]], True),  # 90 % right, and still one answer to everything
        ([[85, 5], [2, 8]], False),  # nine of ten in the common class, eight of ten in the rare one
        ([[9, 8, 8], [8, 9, 8], [8, 8, 9]], True),  # 36 % of 75 pictures, where guessing gives 33
        ([[900, 800, 800], [800, 900, 800], [800, 800, 900]], False),  # the same of 7,500
        ([[4, 0], [0, 0]], False),  # only one class occurred
        ([[0, 0], [0, 0]], False),
    ],
)
def test_better_than_guessing_or_not(confusion: list[list[int]], guessing: bool) -> None:
    """Each class counts the same, and a difference too small for so few pictures does not count."""
    assert guesses(confusion) is guessing
