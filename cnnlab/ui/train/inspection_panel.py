"""The part below or beside a run's curves: the latest inspection of its network, and its checkpoints.

Redrawn every four seconds, and prepared once for all viewers. What belongs to one viewer, the answer to their
own drawing, the browser requests by itself (watched_drawing_route.py).
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnlab.charts.inspection import panel
from cnnlab.charts.moments import when, with_newest_matrix
from cnnlab.data import base_name, class_words
from cnnlab.ground.cache import FreshCache
from cnnlab.ground.errors import LabError
from cnnlab.language import _, language
from cnnlab.runs.events import Inspection
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import get_model
from cnnlab.ui.app.navigation import go_if_requested, go_to
from cnnlab.ui.app.state import state
from cnnlab.ui.look_inside.page import choose_epoch
from cnnlab.ui.look_inside.picture_choice import test_pictures
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.components import Component
from cnnlab.ui.shared.feature_maps import MAP_STYLE
from cnnlab.ui.train.checkpoints import checkpoints, fork_was_opened

_SECONDS = 4.0  # each redraw costs the server time, and a whole class may be watching
_OPEN = "watched_open"
_KEY = "watched"
_inspection = Component("train/inspection_panel", style=MAP_STYLE)


def inspection_panel(run: Run) -> None:
    """Show checkpoints and inspection, in a fragment with a timer while the run is active."""
    # Until torch is loaded there are no filters, so an ended run is redrawn as well.
    waits = run.active or not lab().torch_ready.is_set()
    st.fragment(run_every=_SECONDS if waits else None)(_draw)(run.id, ended=not run.active)


def _draw(run_id: str, *, ended: bool) -> None:
    go_if_requested()
    if fork_was_opened():
        st.rerun()  # its form is in another part of the page
    with st.container(key="train_kept"):  # its room is there before the first one is kept
        checkpoints(run_id)
    box = st.expander(
        _("Network health"), icon=":material/monitor_heart:", expanded=True, key=_OPEN, on_change="rerun"
    )
    if box.open:
        with box:
            _panel(run_id, ended=ended)


def _panel(run_id: str, *, ended: bool) -> None:
    body = _latest(run_id, language()).packed(at_once=ended)
    if body is None:
        st.text(
            _("The network is inspected every few seconds while it trains; nothing has been measured yet.")
        )
        return
    data = state().name.encode() + b"\n" + body  # the viewer's tab, then what all viewers share
    _inspection(key=_KEY, data=data, on_open_change=lambda: _look_inside(run_id))


def _look_inside(run_id: str) -> None:
    """At a picture from a cell of the confusion matrix, or at all, with the weights that took it for that."""
    place = st.session_state[_KEY]["open"]
    epoch = int(place["epoch"])
    choose_epoch(run_id, epoch)
    state().model_key = run_id
    shown = {name: str(place[name]) for name in ("picture", "data", "view") if name in place}
    go_to("look_inside", run=run_id, epoch=str(epoch), **shown)


class _Latest:
    """What is shown of one run, packed for the browser; remade at most every four seconds."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._made_from: Any = None  # what it was made from: the same input gives the same bytes
        self._packed: bytes | None = None
        self._pictures: Any = None
        # Slightly less than the interval of the timer.
        self._fresh = FreshCache(self._make, _SECONDS - 0.1)

    def packed(self, *, at_once: bool) -> bytes | None:
        """`at_once`: get the newest, because there is no timer, as for a run that has ended."""
        if at_once:
            self._fresh.forget()
        return self._fresh.get(self._run_id)

    def _make(self, run_id: str) -> bytes | None:
        store = lab().store
        look = store.inspection(run_id)
        if look is None:
            return self._packed
        look, matrix_moment = with_newest_matrix(look, store.curves(run_id).epochs)
        saved = store.checkpoints(run_id)
        awake = lab().torch_ready.is_set()
        weights = saved[-1].sha256 if saved and awake else None
        now = (look, matrix_moment, weights, awake)
        if now != self._made_from:
            run = store.run(run_id)
            if self._pictures is None:  # the same for all inspections
                self._pictures = _pictures(run, look)
            body = _shown(run, look) | {
                "run": run.id,
                "data": base_name(run.data),
                "matrix_when": matrix_moment,
                "weights": weights,
                "grayscale": run.design.input_shape[0] == 1,
                "pictures": self._pictures,
                "look": _in_look_inside(run, look, saved[-1].epoch) if saved else None,
            }
            self._packed = pack(body)
            self._made_from = now
        return self._packed


@st.cache_resource(max_entries=32, show_spinner=False)
def _latest(run_id: str, code: str) -> _Latest:
    """The panel of a run, shared by all viewers in this language."""
    return _Latest(run_id)


def _shown(run: Run, look: Inspection) -> dict[str, Any]:
    """Everything except the pictures."""
    data = data_of(run, lab().catalogue)
    classes = [str(class_words(name)) for name in data.classes]
    sizes = run.progress.val_images or data.val_size
    return panel(look, run.design, classes, sizes) | {"filters": _filters(run)}


def _pictures(run: Run, look: Inspection) -> Any:
    """The fixed test pictures; None if they are not on this machine, or torch is not loaded yet."""
    catalogue = lab().catalogue
    here = run.data in catalogue and catalogue.available(run.data)
    if not lab().torch_ready.is_set() or not here:
        return None
    try:
        images, _labels = test_pictures(run.data)
    except LabError:
        return None
    return images[[sample.index for sample in look.samples]].numpy()


def _in_look_inside(run: Run, look: Inspection, epoch: int) -> dict[str, Any] | None:
    """What Look inside calls the test pictures, at an epoch that was kept.

    None for a part of a growing data set, in which the pictures have other numbers.
    """
    if run.data != base_name(run.data):
        return None
    return {"epoch": epoch, "pictures": [f"{run.data}-{sample.index + 1}" for sample in look.samples]}


def _filters(run: Run) -> dict[str, Any] | None:
    """The first convolution's filters, from the last inspection or checkpoint, whichever is newer.

    None if there are none, or torch is not loaded yet.
    """
    if not lab().torch_ready.is_set():
        return None
    from cnnlab.ui.look_inside.view_data import first_filters, inspected_filters

    saved, look = lab().store.checkpoints(run.id), lab().store.inspection(run.id)
    if look and look.filters and not (saved and saved[-1].step > look.step):
        return inspected_filters(look.filters) | {"when": _("as they were {when}", when=when(look))}
    try:
        found = first_filters(get_model(run.id, "last", newest=True))
    except LabError:
        return None
    return found | {"when": _kept_when(run, saved[-1].epoch)} if found and saved else None


def _kept_when(run: Run, epoch: int) -> str:
    if epoch:
        return _("as they were kept after epoch {epoch}", epoch=epoch)
    if run.parent:
        return _("before the first batch, as it began with them")
    return _("before the first batch, so still random")
