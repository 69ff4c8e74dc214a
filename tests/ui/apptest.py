"""Helpers for tests of pages through AppTest."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest


def button(page: AppTest, label: str) -> Any:
    """The first button with this label, or with this label and a run's name for screen readers."""
    named = f"{label} :small["
    return next(item for item in page.button if item.label == label or item.label.startswith(named))
