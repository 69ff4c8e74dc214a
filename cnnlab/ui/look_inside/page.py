"""The Look inside page: the output of every row of a network for one picture, and its filters."""

from __future__ import annotations

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
from cnnlab.ui.look_inside.layers import Epochs, Picture, layers_data, show_layers
from cnnlab.ui.look_inside.picture_choice import choose_picture, show_offered, step
from cnnlab.ui.look_inside.test_set import choose_data, show_test_set
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


@st.fragment
def look_inside_page() -> None:
    """The whole page, as one fragment, so that another picture reruns nothing else."""
    go_if_requested()
    view = choose_view()
    with st.container(horizontal=True, vertical_alignment="bottom", key="look_choices"):
        choice, run = _choose_network()
        epochs = _epochs(choice, run)
        if view == "set":
            _choose_epoch(choice, epochs)
            data = choose_data(choice)
        else:
            picture = choose_picture(choice, trained=epochs.at != 0)
        if view == "why":
            _choose_epoch(choice, epochs)
    if view == "set":
        show_test_set(choice, epochs, data)
    elif picture is not None and view == "why":
        show_why(choice, epochs, picture)
    elif picture is not None:
        _show_layers(choice, epochs, picture)


def _show_layers(choice: Choice, epochs: Epochs, picture: Picture) -> None:
    """The view of one picture: what every layer makes of it."""
    scope = _scope()
    try:
        body = layers_data(choice, epochs, scope, picture)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return
    kept_epoch = str(epochs.at) if epochs.kept else None
    write(epoch=kept_epoch, picture=picture.address, scale=None if scope == USUAL_SCOPE else scope)
    for note in filter(None, (picture.note, body.pop("note"))):
        st.info(escape_markdown(note), icon=":material/info:")
    to_epoch = partial(_to_epoch, choice.key)
    body |= {"tab": state().name, "present": presenting()}
    show_layers(body, {"pick": show_offered, "step": step, "epoch": to_epoch, "scale": _to_scope})


# ---- network and epoch


def _choose_network() -> tuple[Choice, Run | None]:
    """The bundled network, or any run with weights, even one still training."""
    store = lab().store
    saved = store.runs_with_weights()
    runs = {run.id: run for run in lab().runs() if run.id in saved}
    known = {BUNDLED_KEY: bundled(), **run_choices(runs.values())}
    follow_address(state())
    chosen = state().model_key if state().model_key in known else BUNDLED_KEY
    titles = {key: each.title for key, each in known.items()}
    menu(_("Network"), titles, chosen, key="look_model", on_pick=select_model, width=320)
    show_in_address(chosen)
    return known[chosen], runs.get(chosen)


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
    if run is None:
        return Epochs("best")
    epochs = [weights.epoch for weights in lab().store.checkpoints(run.id)]
    if len(epochs) < 2:
        return Epochs(epochs[0] if epochs else "best")
    best = run.progress.best_epoch
    epoch = st.session_state.get(_epoch_key(choice.key))
    if (wanted := asked("epoch")) and wanted.isdecimal():
        epoch = int(wanted)
    if epoch not in epochs:
        epoch = best if best in epochs else epochs[-1]
    choose_epoch(choice.key, epoch)
    return Epochs(epoch, tuple(epochs), tuple(_epoch_title(each, best) for each in epochs))


def _choose_epoch(choice: Choice, epochs: Epochs) -> None:
    """The slider of the views that have none of their own, as that of one picture has."""
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
        width=280,
    )


def _to_epoch(run_id: str, epoch: object) -> None:
    """With the slider in the component."""
    if isinstance(epoch, int):
        choose_epoch(run_id, epoch)


def _epoch_title(epoch: int, best: int | None) -> str:
    if epoch == 0:
        return _("{epoch} (untrained)", epoch=epoch)
    return _("{epoch} (best)", epoch=epoch) if epoch == best else str(epoch)


def choose_epoch(run_id: str, epoch: int) -> None:
    """Have the page show the run's network as it was after this epoch."""
    st.session_state[_epoch_key(run_id)] = epoch


def _epoch_key(run_id: str) -> str:
    return f"look_epoch_{run_id}"
