"""The batch that was just trained on its own: its pictures, what it changed in them, what it moved."""

from __future__ import annotations

import logging

import streamlit as st

from cnnlab.charts.colors import css_variables
from cnnlab.charts.single_batch import batch_panel
from cnnlab.data import class_words
from cnnlab.language import _, language
from cnnlab.runs.events import SingleBatch
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.components import Component

_log = logging.getLogger(__name__)
_AWAITED = "train_batch_awaited"  # the run whose next batch was asked for
_batch = Component("train/single_batch", style=css_variables())


def single_batch(run: Run) -> None:
    """Show the last batch of a run that stands still right after it, if it was trained on its own.

    Its place follows the click at once, and not what comes of it later.
    """
    if _is_awaited(run):
        st.caption(_("Here you will see what this batch changes."))
        return
    if run.command is not None or run.state in ("queued", "running") or not run.progress.step:
        return
    seen = lab().store.single_batch(run.id)
    if seen is None or seen.step != run.progress.step:
        return
    body = _packed(run.id, seen.step, language(), seen)
    if body is not None:
        _batch(key="single_batch", data=body)


def _is_awaited(run: Run) -> bool:
    """Whether a batch was asked for on its own: from the click on until the run stands still again."""
    if run.command == "batch":
        st.session_state[_AWAITED] = run.id
    elif run.command is not None or run.state != "running":
        st.session_state.pop(_AWAITED, None)
    return bool(st.session_state.get(_AWAITED) == run.id)


@st.cache_data(max_entries=16, show_spinner=False)
def _packed(run_id: str, step: int, code: str, _seen: SingleBatch) -> bytes | None:
    """The data of the component, made once for all viewers; None if it cannot be shown."""
    run = lab().store.run(run_id)
    data = data_of(run, lab().catalogue)
    classes = [str(class_words(name)) for name in data.classes]
    try:
        return pack(batch_panel(_seen, run.design, classes))
    except (ValueError, TypeError, LookupError) as error:
        _log.warning("the single batch of run %s cannot be shown: %s", run.id, error)
        return None
