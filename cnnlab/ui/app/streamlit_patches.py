"""What this server changes about Streamlit 1.67, once and before its first page."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import streamlit.logger as streamlit_logger
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from cnnlab.ground.log import LogFile

PAGE_LIST = Path(__file__).with_name("main.py")


def finish_callbacks() -> bool:
    """No click is lost, however close two of them come. Whether this Streamlit is built as we know it.

    A script run begins with what its click calls (`on_click`). Streamlit 1.67 looks for newer requests just
    before that, and whenever the callback touches `st.session_state`; if there is one, it ends the run there,
    and the older click has no effect, or half of one. Here a callback is run to its end first. Together with
    `fastReruns = false` (.streamlit/config.toml), with which requests that wait are joined and not thrown
    away, every click counts.
    """
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


def keep_path_still() -> None:
    """No import fails because a page begins at that moment: the folder stands at the path's end for good.

    For the time of each script run Streamlit 1.67 puts the folder of the page list in front of `sys.path`,
    and takes it out again. An import in another thread that walks along the path meanwhile passes over an
    entry: of torch, in the warm-up, it then says that there is no such module, and the lab never wakes up. A
    folder that is on the path already is left where it is.
    """
    folder = str(PAGE_LIST.parent)
    if folder not in sys.path:
        sys.path.append(folder)


class LoopOnDemand(asyncio.AbstractEventLoop):
    """An event loop that takes its three file descriptors when it is first used."""

    def __init__(self) -> None:
        self._real: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def real(self) -> asyncio.AbstractEventLoop:
        """The loop that does the work."""
        if self._real is None:
            self._real = asyncio.new_event_loop()
        return self._real

    def is_closed(self) -> bool:
        """Whether it was closed, used or not."""
        return self._closed

    def is_running(self) -> bool:
        """Whether somebody drives it."""
        return self._real is not None and self._real.is_running()

    def close(self) -> None:
        """Give the descriptors back, if there are any."""
        self._closed = True
        if self._real is not None:
            self._real.close()


def _delegated(name: str) -> Any:
    def call(self: LoopOnDemand, *args: Any, **options: Any) -> Any:
        return getattr(self.real(), name)(*args, **options)

    return call


for _name in set(vars(asyncio.AbstractEventLoop)) - set(vars(LoopOnDemand)):
    if not _name.startswith("_"):
        setattr(LoopOnDemand, _name, _delegated(_name))


def make_loops_on_demand() -> bool:
    """Let sessions take no descriptors for scripts without an event loop; return whether that was possible.

    Streamlit 1.67 gives each session a loop, which holds three descriptors until two minutes after the tab
    was closed: a visitor who opens and closes 340 tabs in that time uses up the usual limit of 1,024.
    """
    original = AppSession.__init__
    if hasattr(original, "__wrapped__"):
        return True
    if "_script_event_loop" not in original.__code__.co_names:
        return False

    @wraps(original)
    def started(self: AppSession, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        self._script_event_loop.close()
        self._script_event_loop = LoopOnDemand()  # type: ignore[abstract]

    AppSession.__init__ = started  # type: ignore[method-assign]
    return True


def survive_callbacks(show: Callable[[Exception], None]) -> bool:
    """A click whose callback fails leaves the page as it is. Whether this Streamlit is known.

    Streamlit 1.67 ends the script run there: the page then consists of the error, and nothing else.
    """
    original = getattr(SessionState, "_run_callback_and_record_rerun", None)
    if original is None:
        return False
    if hasattr(original, "__wrapped__"):
        return True

    @wraps(original)
    def guarded(self: SessionState, votes: Any, run: Callable[[], None]) -> None:
        def run_and_show() -> None:
            try:
                run()
            except Exception as error:
                show(error)

        original(self, votes, run_and_show)

    SessionState._run_callback_and_record_rerun = guarded  # type: ignore[method-assign]
    return True


class _ToLogFile(logging.Handler):
    """Passes on to the lab's log what Streamlit's loggers keep from the root logger."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record to the file, if one is kept."""
        for handler in logging.getLogger().handlers:
            if isinstance(handler, LogFile):
                handler.handle(record)


def log_streamlit_too() -> bool:
    """Streamlit's warnings and errors are in the lab's log as well. Whether this Streamlit is known.

    Each of its loggers, and of the web server's, has a handler of its own and passes nothing on. An error in
    a page's script is left to ui/app/script_errors.py, which reports it with an id.
    """
    original = streamlit_logger.setup_formatter
    if hasattr(original, "__wrapped__"):
        return True
    handler = _ToLogFile(logging.WARNING)

    @wraps(original)
    def set_up(logger: logging.Logger) -> None:
        original(logger)
        logger.addHandler(handler)

    streamlit_logger.setup_formatter = set_up
    for logger in streamlit_logger._loggers.values():
        logger.addHandler(handler)
    logging.getLogger("streamlit.error_util").addFilter(lambda entry: entry.msg != "Uncaught app execution")
    return True
