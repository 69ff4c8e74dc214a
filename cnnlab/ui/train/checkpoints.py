"""The list of a run's kept epochs, with buttons to draw with, look inside or fork from each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnnlab.charts.run_words import epoch_title
from cnnlab.language import _
from cnnlab.runs.records import Run, SavedWeights
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_to
from cnnlab.ui.app.state import state
from cnnlab.ui.look_inside.page import choose_epoch
from cnnlab.ui.shared.components import Component
from cnnlab.ui.train.steering import open_fork

_KEY = "checkpoints"
_FORKED = "checkpoint_forked"
_list = Component("train/checkpoints")


def checkpoints(run_id: str) -> None:
    """The list, collapsed."""
    saved = lab().store.checkpoints(run_id)
    if not saved:
        st.caption(_("Checkpoints: none kept yet"))
        return
    body = listed(lab().store.run(run_id), saved)
    _list(key=_KEY, data=body, on_pick_change=lambda: _take(run_id))


def fork_was_opened() -> bool:
    """Whether the last click in the list opened the form of a fork; asked once."""
    return bool(st.session_state.pop(_FORKED, False))


def listed(run: Run, saved: Sequence[SavedWeights]) -> dict[str, Any]:
    """What the component shows, the newest epoch first. Only the best one can read drawings."""
    best, last = run.progress.best_epoch, saved[-1].epoch
    return {
        "title": _("Checkpoints: {count} kept", count=f"{len(saved):,}"),
        "note": _note(saved),
        "kept": [_entry(each, best, last) for each in reversed(saved)],
    }


def _note(saved: Sequence[SavedWeights]) -> str:
    if len(saved) > saved[-1].epoch:
        return _("The network as it was after each epoch; 0 is before the first batch.")
    return _(
        "Of a long run, not every epoch is kept: evenly spaced ones, and always untrained, best and last."
    )


def _entry(each: SavedWeights, best: int | None, last: int) -> dict[str, Any]:
    acts = [["look", _("Look inside")], ["fork", _("Fork from here")]]
    return {
        "epoch": each.epoch,
        "words": _("Epoch {epoch}", epoch=epoch_title(each.epoch, each.val_accuracy, best, last)),
        "best": each.epoch == best,
        "acts": [["draw", _("Draw with it")], *acts] if each.epoch == best else acts,
    }


def _take(run_id: str) -> None:
    picked = st.session_state[_KEY]["pick"]
    epoch, act = int(picked["epoch"]), picked["act"]
    if act == "fork":
        open_fork(run_id, epoch)
        st.session_state[_FORKED] = True
        return
    state().model_key = run_id
    if act == "look":
        choose_epoch(run_id, epoch)
    go_to("draw" if act == "draw" else "look_inside")
