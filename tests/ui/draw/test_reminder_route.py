"""A drawing kept by the browser reaches the lab from a page without a pad."""

from __future__ import annotations

import numpy as np

from cnnlab.ui.draw.last_drawing import last_drawings
from tests.ui.asgi import ask
from tests.ui.draw.test_photo_route import INK


def test_a_kept_drawing_is_accepted_for_a_tab_that_has_sent_nothing() -> None:
    """As if it were on its pad, but not just made; what a pad has sent is not overwritten."""
    tab = last_drawings.open_tab()
    assert ask("/api/drawing", INK.tobytes(), tab=tab).status == 204
    sheet = last_drawings.sheet(tab)
    assert sheet.drawing is not None
    np.testing.assert_array_equal(sheet.drawing.ink, INK)
    assert sheet.changes == 0
    last_drawings.put(tab, None)
    assert ask("/api/drawing", INK.tobytes(), tab=tab).status == 204
    assert last_drawings.of(tab) is None


def test_a_kept_drawing_is_only_accepted_for_a_tab_of_the_labs() -> None:
    """Nothing is stored under a guessed name."""
    assert ask("/api/drawing", INK.tobytes(), tab="guessed").status == 204
    assert last_drawings.of("guessed") is None
    assert not last_drawings.sheet("guessed").known
