from __future__ import annotations

import pytest

from cnnlab.charts.colors import TONES, css_variables


def luminance(color: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", TONES)
def test_every_tone_stands_out(name: str) -> None:
    """A contrast of about 3, as lines and marks need, on light and on dark pages."""
    assert contrast(TONES[name].light, "#ffffff") >= 2.9
    assert contrast(TONES[name].dark, "#191919") >= 2.9


def test_components_get_every_tone() -> None:
    """As CSS variables, with the shades for dark pages under .dark."""
    text = css_variables()
    for name, tone in TONES.items():
        assert f"--{name}:{tone.light};" in text.split(".dark")[0]
        assert f"--{name}:{tone.dark};" in text.split(".dark")[1]
