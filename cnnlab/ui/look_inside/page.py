"""The Look inside page: the output of every row of a network for one picture, and its filters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from cnnlab.ground.errors import LabError
from cnnlab.interpret import SCOPES, Scope
from cnnlab.language import _
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.model_cache import BUNDLED_KEY
from cnnlab.ui.app.navigation import go_if_requested
from cnnlab.ui.app.state import state
from cnnlab.ui.look_inside.address import asked, write
from cnnlab.ui.look_inside.comparison import choose_rival, choose_rival_epoch, end_comparison
from cnnlab.ui.look_inside.epochs import epochs_of
from cnnlab.ui.look_inside.fool import show_fool
from cnnlab.ui.look_inside.layers import Epochs, Picture, Shown, layers_data, show_layers
from cnnlab.ui.look_inside.picture_choice import choose_picture, show_offered, step
from cnnlab.ui.look_inside.test_set import choose_data, look_at, show_test_set, tested_on
from cnnlab.ui.look_inside.views import choose_view
from cnnlab.ui.look_inside.why import show_why
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu, show_value
from cnnlab.ui.shared.model_menu import (
    Choice,
    bundled,
    follow_address,
    run_choices,
    select_model,
    show_in_address,
)
from cnnlab.ui.shared.present import presenting

USUAL_SCOPE: Scope = "layer"
_SCOPE_KEY = "look_scope"
_OPENED = "look_opened"


@st.fragment
def look_inside_page() -> None:
    """The whole page, as one fragment, so that another picture reruns nothing else."""
    go_if_requested()
    view = choose_view()
    with st.container(horizontal=True, vertical_alignment="bottom", key="look_choices"):
        known, runs = _networks()
        choice = _choose_network(known)
        epochs = _epochs(choice, runs.get(choice.key))
        if view != "one":
            _choose_epoch(choice, epochs)
        if view == "set":
            data = choose_data(choice)
        else:
            picture = choose_picture(choice, trained=epochs.at != 0)
            rival = choose_rival(choice, epochs, known, runs) if view == "one" else None
    if view == "set":
        show_test_set(choice, epochs, data)
    elif picture is not None and view == "why":
        show_why(choice, epochs, picture)
    elif picture is not None and view == "fool":
        show_fool(choice, epochs, picture)
    elif picture is not None:
        own, other = _opened()
        _show_layers(Shown(choice, epochs, own), picture, rival and replace(rival, opened=other))


def _show_layers(own: Shown, picture: Picture, rival: Shown | None) -> None:
    """The view of one picture: what every layer makes of it, of one network or of two."""
    scope = _scope()
    try:
        body = layers_data(own, scope, picture, rival)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return
    write(
        epoch=own.kept_epoch,
        picture=picture.address,
        scale=None if scope == USUAL_SCOPE else scope,
        **({"with": rival.choice.key, "with_epoch": rival.kept_epoch} if rival else {}),
    )
    for note in dict.fromkeys(filter(None, (picture.note, *body.pop("notes")))):
        st.info(escape_markdown(note), icon=":material/info:")
    body |= {"tab": state().name, "present": presenting(), "tested": tested_on(own.choice)}
    show_layers(
        body,
        {
            "pick": show_offered,
            "look_at": look_at,
            "step": step,
            "epoch": partial(_to_epoch, own.choice.key),
            "rival_epoch": choose_rival_epoch,
            "epochs": partial(_to_epochs, own.choice.key),
            "alone": end_comparison,
            "scale": _to_scope,
            "open": _open,
        },
    )


# ---- blocks whose layers are shown


def _opened() -> tuple[frozenset[int], frozenset[int]]:
    """The rows whose blocks are open, of the network and of the one that it is compared with."""
    opened: tuple[frozenset[int], frozenset[int]] = st.session_state.get(_OPENED, (frozenset(), frozenset()))
    return opened


def _open(rows: object) -> None:
    match rows:
        case [list(own), list(other)]:
            st.session_state[_OPENED] = tuple(
                frozenset(each for each in rows if isinstance(each, int)) for rows in (own, other)
            )


# ---- network and epoch


def _networks() -> tuple[dict[str, Choice], dict[str, Run]]:
    """The bundled network, and any run with weights, even one still training; and these runs."""
    saved = lab().store.runs_with_weights()
    runs = {run.id: run for run in lab().runs() if run.id in saved}
    return {BUNDLED_KEY: bundled(), **run_choices(runs.values())}, runs


def _choose_network(known: dict[str, Choice]) -> Choice:
    follow_address(state())
    chosen = state().model_key if state().model_key in known else BUNDLED_KEY
    titles = {key: each.title for key, each in known.items()}
    menu(_("Network"), titles, chosen, key="look_model", on_pick=select_model, width=250)
    show_in_address(chosen)
    return known[chosen]


def _scope() -> Scope:
    """What shares one color scale: what the address asks for, else what the component's menu was set to."""
    if (scale := asked("scale")) in SCOPES:
        st.session_state[_SCOPE_KEY] = scale
    scope: Scope = st.session_state.get(_SCOPE_KEY, USUAL_SCOPE)
    return scope


def _to_scope(scope: object) -> None:
    if scope in SCOPES:
        st.session_state[_SCOPE_KEY] = scope


def _epochs(choice: Choice, run: Run | None) -> Epochs:
    """The kept epochs, and the one that is shown; 0 is the untrained network."""
    epoch = st.session_state.get(_epoch_key(choice.key))
    if (wanted := asked("epoch")) and wanted.isdecimal():
        epoch = int(wanted)
    epochs = epochs_of(run, epoch)
    if isinstance(epochs.at, int):
        choose_epoch(choice.key, epochs.at)
    return epochs


def _choose_epoch(choice: Choice, epochs: Epochs) -> None:
    """The slider of all views but that of one picture, which has its own."""
    if not epochs.kept:
        return
    titles = dict(zip(epochs.kept, epochs.titles, strict=True))
    key = f"look_slider_{choice.key}"
    show_value(key, epochs.at, titles[int(epochs.at)])
    st.select_slider(
        _("Epoch"),
        epochs.kept,
        format_func=titles.__getitem__,
        key=key,
        on_change=lambda: _to_epoch(choice.key, st.session_state[key]),
        help=_("The network after this epoch. 0 is before its first batch: random weights only."),
        width=200,
    )


def _to_epoch(run_id: str, epoch: object) -> None:
    """With the slider in the component."""
    if isinstance(epoch, int):
        choose_epoch(run_id, epoch)


def _to_epochs(run_id: str, epochs: object) -> None:
    """Those of both networks, with the slider of the first one."""
    match epochs:
        case [int(epoch), int(rival_epoch)]:
            choose_epoch(run_id, epoch)
            choose_rival_epoch(rival_epoch)


def choose_epoch(run_id: str, epoch: int) -> None:
    """Have the page show the run's network as it was after this epoch."""
    st.session_state[_epoch_key(run_id)] = epoch


def _epoch_key(run_id: str) -> str:
    return f"look_epoch_{run_id}"
