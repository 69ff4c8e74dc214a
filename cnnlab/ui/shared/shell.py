"""The script of the shell: what html of Streamlit's cannot say, around every screen."""

from __future__ import annotations

from typing import Any

from cnnlab.ui.shared.components import Component

_shell = Component("shared/shell")


def shell_script(data: dict[str, Any]) -> None:
    """Place the script; it shows nothing."""
    _shell(key="shell", data=data)
