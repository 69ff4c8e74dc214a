from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

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


# What protanopes, deuteranopes and tritanopes see of linear light (Machado, Oliveira, Fernandes 2009).
SEEN = {
    "all colors": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]],
    "no green": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "no blue": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}
LMS = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
OKLAB = [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
]


def oklab(colors: Sequence[str], seen: Any) -> NDArray[np.float64]:
    """Colors in a space where distances are as large as they look (Ottosson 2020)."""
    parts = np.array([[int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)] for color in colors])
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    cones = np.clip(light @ np.array(seen).T, 0, 1) @ np.array(LMS).T
    return np.asarray(np.cbrt(cones) @ np.array(OKLAB).T)


@pytest.mark.parametrize("page", ["light", "dark"])
@pytest.mark.parametrize("name", SEEN)
def test_classes_can_be_told_apart(page: str, name: str) -> None:
    """Any two of the ten colors, also by people who cannot see all of them; 0.02 is just visible."""
    colors = [getattr(TONES[f"class-{index}"], page) for index in range(10)]
    places = oklab(colors, SEEN[name])
    least = min(float(np.linalg.norm(a - b)) for a, b in combinations(places, 2))
    assert least >= (0.18 if name == "all colors" else 0.08)


def test_components_get_every_tone() -> None:
    """As CSS variables, with the shades for dark pages under .dark."""
    text = css_variables()
    for name, tone in TONES.items():
        assert f"--{name}:{tone.light};" in text.split(".dark")[0]
        assert f"--{name}:{tone.dark};" in text.split(".dark")[1]
