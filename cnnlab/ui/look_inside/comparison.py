"""The second network on Look inside, for the same picture: another one, or the same at another epoch."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from cnnlab.language import Words, _
from cnnlab.runs.records import Run
from cnnlab.ui.look_inside.address import asked
from cnnlab.ui.look_inside.epochs import epochs_of
from cnnlab.ui.look_inside.layers import Epochs, Shown
from cnnlab.ui.shared.menus import menu
from cnnlab.ui.shared.model_menu import Choice

_RIVAL = "look_rival"
_EPOCH = "look_rival_epoch"  # an epoch that was chosen, or is to be shown, of that network


def choose_rival(
    choice: Choice, epochs: Epochs, known: Mapping[str, Choice], runs: Mapping[str, Run]
) -> Shown | None:
    """The menu of networks for pictures of this shape; None as long as there is nothing to compare with.

    The network itself is among them if it can be shown at another epoch.
    """
    titles: dict[str, Words] = {
        key: _("This network, at another epoch") if key == choice.key else each.title
        for key, each in known.items()
        if each.design.input_shape == choice.design.input_shape and (key != choice.key or epochs.kept)
    }
    if wanted := asked("with"):
        _select(wanted)
    if (wanted := asked("with_epoch")) and wanted.isdecimal():
        choose_rival_epoch(int(wanted))
    rival = st.session_state.get(_RIVAL)
    menu(
        _("Compare with"),
        titles,
        rival if rival in titles else None,
        key="look_rival_menu",
        on_pick=_select,
        index=None,
        placeholder=_("Nothing"),
        disabled=not titles,
        width=240,
    )
    if rival not in titles:
        return None
    shown = epochs_of(runs.get(rival), _epoch(rival == choice.key, epochs))
    return Shown(known[rival], shown)


def _epoch(is_same: bool, epochs: Epochs) -> int | None:
    """What was chosen; of a network beside itself, at first the epoch that is farthest away."""
    chosen: int | None = st.session_state.get(_EPOCH)
    if chosen is None and is_same and epochs.kept:
        return epochs.kept[-1] if epochs.at == epochs.kept[0] else epochs.kept[0]
    return chosen


def choose_rival_epoch(epoch: object) -> None:
    """Show the second network as it was after this epoch."""
    if isinstance(epoch, int):
        st.session_state[_EPOCH] = epoch


def end_comparison(_sent: object) -> None:
    """Go back to one network."""
    _select(None)


def _select(key: str | None) -> None:
    st.session_state[_RIVAL] = key
    st.session_state[_EPOCH] = None
