"""The running lab: one per server process. app.py's lifespan starts and stops it; pages call `lab()`."""

from __future__ import annotations

import gc
import logging
import os
import platform
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab import __version__
from cnnlab.data import BUILT_IN, Catalogue, DataRecord
from cnnlab.engine.local import LocalEngine
from cnnlab.engine.supervisor import Supervisor
from cnnlab.ground.errors import LabError
from cnnlab.ground.home import Folders, folders_from, unusable_home
from cnnlab.ground.log import LogFile
from cnnlab.language import change_before_showing, lazy, show_unchanged
from cnnlab.runs.locks import FileLock
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore
from cnnlab.studies.desk import Studies
from cnnlab.ui.app.deletions import Deletions
from cnnlab.ui.app.hidden_folders import hiding
from cnnlab.ui.app.model_cache import BUNDLED_KEY, ModelCache

if TYPE_CHECKING:
    from types import TracebackType

_log = logging.getLogger(__name__)
_HEAD_START = 2.0  # seconds that the first page gets before torch is loaded in the background


class Lab:
    """Store, models, supervisor and warm-up of one server. A second server on its home folder is refused."""

    def __init__(
        self, where: Folders, *, warm_worker: bool = False, records: Sequence[DataRecord] = BUILT_IN
    ) -> None:
        self._warm_worker = warm_worker
        self.home: Path = where.home
        self.catalogue = Catalogue(where, records)
        self.page_shown = threading.Event()  # set when the first page's script has run
        self.torch_ready = threading.Event()
        self.data_trouble = where.data_trouble
        self._lock = FileLock(where.home / "server.lock")
        if not _locked(self._lock):
            raise LabError(
                lazy("another lab is running on this home folder"),
                where=str(where.home),
                repair=lazy(
                    "Use the one that is running, or start this one with another folder in CNNLAB_HOME"
                ),
            )
        self._log_file = LogFile(where.home)
        self._begin_log()
        try:
            self.store = _sound_store(where.home)
        except LabError as error:
            _log.info("cnnlab does not start: %s", error)
            self._log_file.stop()
            raise
        change_before_showing(hiding(where))
        self.models = ModelCache(lambda: self.store, self.catalogue)
        self.studies = Studies(self.store, self.catalogue)
        self.supervisor = Supervisor(self.store, LocalEngine(where))
        self.deletions = Deletions()

    def runs(self) -> list[Run]:
        """All runs but those that a person has just deleted, the newest first."""
        return [run for run in self.store.runs() if not self.deletions.is_pending(f"run:{run.id}")]

    def _begin_log(self) -> None:
        self._log_file.start()
        _log.info("cnnlab %s starts in %s, Python %s", __version__, self.home, platform.python_version())
        if self.data_trouble:
            _log.warning("%s", self.data_trouble)

    def _end_log(self) -> None:
        show_unchanged()
        _log.info("cnnlab ends")
        self._log_file.stop()

    def __enter__(self) -> Lab:
        self.supervisor.start()
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.deletions.forget()
            self.studies.close()
            self.supervisor.stop()
            self.store.close()
        finally:
            self._end_log()
            self._lock.release()

    def _warm_up(self) -> None:
        """Load torch in the background, and exempt it from garbage collection.

        Streamlit collects all generations after each script run; with torch loaded that takes some 100 ms for
        objects that never become garbage. Once frozen, they cost nothing. Streamlit loads pandas and pyarrow
        with its first component: unless they are loaded before the freeze, they cost 10 ms each time. One
        thread per inference: each script run is a new thread, and OpenMP would create a new team for each.
        """
        self.page_shown.wait(_HEAD_START)
        import pandas  # noqa: F401
        import pyarrow  # noqa: F401
        import torch

        torch.set_num_threads(1)
        with suppress(LabError):  # a damaged model is reported when it is used
            self.models.get(BUNDLED_KEY)
        gc.collect()
        gc.freeze()
        self.torch_ready.set()
        if self._warm_worker:
            self.supervisor.warm()


def _locked(lock: FileLock) -> bool:
    """Whether the home folder is ours now; raises StorageError where nothing can be written there."""
    try:
        return lock.acquire(wait=False)
    except OSError as error:
        raise unusable_home(lock.path.parent, error) from None


def _sound_store(home: Path) -> RunStore:
    """Raises LabError where the database is damaged: better now than with the page that needs it."""
    store = RunStore(home)
    try:
        store.check()
    except LabError:
        store.close()
        raise
    return store


_current: Lab | None = None
_lab_lock = threading.Lock()


def lab() -> Lab:
    """The server's lab. Started here if no lifespan did, as in the test of a single page."""
    global _current
    with _lab_lock:
        if _current is None:
            _current = Lab(folders_from(os.environ)).__enter__()
        return _current


def open_lab(where: Folders) -> Lab:
    """Start the server's lab (app.py's lifespan); raises LabError if the home folder is in use."""
    global _current
    with _lab_lock:
        _current = Lab(where, warm_worker=True).__enter__()
        return _current


def close_lab() -> None:
    """Save the states of training runs, stop the workers, release the home folder."""
    global _current
    with _lab_lock:
        if _current is not None:
            _current.__exit__(None, None, None)
            _current = None
