"""Shared by the tests of the Build screen."""

from __future__ import annotations

import pytest

from cnnlab.design.presets import preset
from cnnlab.ui.build.editor import Editor


@pytest.fixture
def editor() -> Editor:
    """The articles' standard network, with rows 0 to 10."""
    return Editor.of(preset("article-1").design)
