"""No click is lost, however close two of them come.

A script run begins with what its click calls (`on_click`). Streamlit 1.67 looks for newer requests just
before that, and whenever the callback touches `st.session_state`; if there is one, it ends the run there, and
the older click has no effect, or half of one. Here a callback is run to its end first. Together with
`fastReruns = false` (.streamlit/config.toml), with which requests that wait are joined and not thrown away,
every click counts.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState


def finish_callbacks() -> bool:
    """Once in a server, before its first page. Whether this Streamlit is built as we know it."""
    original = getattr(SafeSessionState, "on_script_will_rerun", None)
    if original is None or "_yield_callback" not in getattr(SafeSessionState, "__annotations__", {}):
        return False
    if hasattr(original, "__wrapped__"):
        return True

    @wraps(original)
    def undisturbed(self: SafeSessionState, *args: Any, **options: Any) -> Any:
        look_for_requests = self._yield_callback
        object.__setattr__(self, "_yield_callback", lambda: None)
        try:
            return original(self, *args, **options)
        finally:
            object.__setattr__(self, "_yield_callback", look_for_requests)

    SafeSessionState.on_script_will_rerun = undisturbed  # type: ignore[method-assign]
    return True
