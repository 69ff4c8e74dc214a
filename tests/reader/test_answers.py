"""What the pad and the terminal say about a picture."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab.ground.errors import WeightsError
from cnnlab.reader.answers import judge_picture
from cnnlab.reader.loaded_model import load_bundled


def test_scores_that_are_not_finite_are_an_error() -> None:
    """The message says so, as on the pad; no digit is made up."""
    loaded = replace(load_bundled(), model=deepcopy(load_bundled().model))  # the bundled one is shared
    with torch.no_grad():
        next(loaded.model.parameters()).fill_(float("nan"))
    sheet = np.full((100, 100), 255, np.uint8)
    sheet[20:80, 45:55] = 0
    file = BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    with pytest.raises(WeightsError, match="no longer numbers"):
        judge_picture(loaded, file.getvalue(), "one.png")
