"""The Build page: a design is chosen, assembled, saved, and sent to training."""

from __future__ import annotations

import time

import streamlit as st

from cnnlab.convert import link
from cnnlab.convert.files import read_file
from cnnlab.data import DATASETS
from cnnlab.design.design import Design, summarize
from cnnlab.design.editing import fitted
from cnnlab.design.presets import Preset, families
from cnnlab.ground import limits
from cnnlab.ground.errors import LabError
from cnnlab.layers import shape_text
from cnnlab.runs.designs import checked_name
from cnnlab.runs.records import SavedDesign
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import leave_for, leave_if_asked
from cnnlab.ui.app.state import TabState, state
from cnnlab.ui.build.code_dialog import code_dialog
from cnnlab.ui.build.editor import Desk, file_stem
from cnnlab.ui.build.layer_stack import layer_stack
from cnnlab.ui.shared.fields import name_field
from cnnlab.ui.shared.markdown import plain
from cnnlab.ui.shared.menus import menu
from cnnlab.ui.shared.widgets import fill
from cnnlab.ui.train.form import chosen_config

EMPTY = "an empty stack"
OTHER = "another size"  # in the menu of data sets, when the design fits none that was chosen
MAX_UPLOAD_MB = 21  # above MAX_NOTEBOOK_BYTES, so that a refusal can be given in our own words


@st.fragment
def build_page() -> None:
    """Head and tools above, the stack below: edits redraw the stack alone, by a route of its own."""
    leave_if_asked()
    tab = state()
    desk = tab.desk
    _open_link(tab, desk)
    desk.shown = desk.surroundings(summarize(desk.design))
    desk.data, desk.config = tab.data, _config()
    _head(tab, desk)
    _tools(desk)
    with st.container(key="build_notice"):  # always there: a place that moved would mount the cards anew
        _notice(desk)
    layer_stack(desk, tab.name, on_around=_redraw)


def _redraw() -> None:
    """Nothing to do: the rerun that follows draws head, tools and notice as they are now."""


def _open_link(tab: TabState, desk: Desk) -> None:
    """The address bar always holds the design on the bench; one that came from elsewhere is opened."""
    text = st.query_params.get(link.PARAMETER)
    if text is None or text in desk.links:
        return
    desk.links.append(text)
    try:
        design, _ = link.decode(text)
    except LabError as error:
        desk.trouble = f"The link in the address bar was not opened. {error} Nothing was changed."
        return
    if design != desk.design:
        words = "The design of the link in the address bar. Nothing saved was changed."
        desk.open(design, "open a link", words)
    if not _fits(design, tab.data):
        tab.data = next((name for name in DATASETS if _fits(design, name)), tab.data)
    desk.saved = next((saved.design for saved in lab().store.designs() if saved.design == design), desk.saved)


def _config() -> TrainConfig:
    """As the Train page's form stands; what cannot be read there is said there."""
    try:
        return chosen_config()
    except LabError:
        return TrainConfig()


def _problem(desk: Desk) -> str:
    """Why what is seen on the bench cannot be trained; empty where it can."""
    problems = summarize(desk.design).problems
    return problems[0].text if problems else desk.waits()[1]


# ---- name, data, training


def _head(tab: TabState, desk: Desk) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="build_head"):
        _name_field(desk)
        _data_menu(tab, desk)
        reason = _problem(desk)
        st.button(
            "Train this network",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(reason),
            help=plain(reason) or None,
            key="build_train",
            on_click=leave_for,
            args=("train",),
            kwargs={"new": "run"},
        )


def _name_field(desk: Desk) -> None:
    fill("build_name", desk.design.name)
    st.text_input(
        "Name",
        key="build_name",
        max_chars=limits.MAX_NAME,
        width=320,
        on_change=_rename,
        args=(desk,),
    )


def _rename(desk: Desk) -> None:
    try:
        name = checked_name(st.session_state["build_name"])
    except LabError as error:
        desk.trouble = str(error)
        return
    desk.open(desk.design.model_copy(update={"name": name}), f"rename to {name}")


def _data_menu(tab: TabState, desk: Desk) -> None:
    """For which data set: its shape and classes become the design's."""
    fits = _fits(desk.design, tab.data)
    names = [*DATASETS, *([] if fits else [OTHER])]
    labels = {name: _data_label(name, desk.design) for name in names}
    menu(
        "For which data set",
        labels,
        tab.data if fits else OTHER,
        key="build_data",
        on_pick=lambda name: _fit(tab, desk, name),
        help="Gives the network the shape of the pictures, and an output for each class.",
        width=320,
    )


def _fits(design: Design, data: str) -> bool:
    info = DATASETS[data]
    return design.input_shape == info.input_shape and design.classes == len(info.classes)


def _data_label(name: str, design: Design) -> str:
    if name == OTHER:
        return f"{shape_text(design.input_shape)}, {design.classes} classes"
    info = DATASETS[name]
    return f"{info.title} ({shape_text(info.input_shape)}, {len(info.classes)} classes)"


def _fit(tab: TabState, desk: Desk, name: str | None) -> None:
    if name is None or name == OTHER:
        return
    tab.data = name
    info = DATASETS[name]
    design, notes = fitted(desk.design, info.input_shape, len(info.classes))
    desk.open(design, f"fit to {info.title}", " ".join(notes))


# ---- presets, saved designs, files


def _tools(desk: Desk) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="build_tools"):
        if st.button("Start from…", icon=":material/dashboard:", help="Presets, or an empty stack"):
            _gallery_dialog(desk)
        if st.button("My designs", icon=":material/folder_open:"):
            _saved_dialog(desk)
        if st.button("Save", icon=":material/save:", key="build_save"):
            _save(desk)
        if st.button("Code", icon=":material/code:", help="Paste Keras or PyTorch code, or take it home"):
            code_dialog(desk)
        with st.popover("File", icon=":material/description:"):
            _file_menu(desk)
        st.caption("Saved" if desk.saved == desk.design else "Not saved")


def _notice(desk: Desk) -> None:
    """What went wrong, once; what was done, until the next edit."""
    _trouble(desk)
    if desk.notice:
        st.info(plain(desk.notice), icon=":material/info:")


def _trouble(desk: Desk) -> None:
    if desk.trouble:
        st.error(plain(desk.trouble), icon=":material/error:")
    desk.trouble = ""


@st.dialog("Start from", width="large")
def _gallery_dialog(desk: Desk) -> None:
    """Every preset by family, with its two sentences, its size and its source."""
    st.caption("What is on the bench now is not lost: Undo brings it back.")
    with st.container(border=True):
        st.markdown("**Empty stack**")
        st.markdown("Nothing but the picture that goes in. Every layer is yours to choose.")
        blank = desk.design.model_copy(update={"name": "untitled", "layers": ()})
        if st.button("Start empty", key="preset_empty", on_click=_open, args=(desk, blank, EMPTY)):
            st.rerun()
    for family, presets in families().items():
        st.subheader(family)
        columns = st.columns(2)
        for index, (name, preset) in enumerate(presets.items()):
            with columns[index % 2], st.container(border=True):
                _preset_card(desk, name, preset)


def _preset_card(desk: Desk, name: str, preset: Preset) -> None:
    st.markdown(f"**{plain(name)}**")
    if preset.family == "Known to be bad":
        st.badge("fails on purpose: find out why", icon=":material/troubleshoot:", color="orange")
    st.markdown(plain(preset.about))
    st.caption(f"{plain(_size_text(preset.design))}  \n{plain(preset.source)}")
    if st.button("Start with this", key=f"preset_{name}", on_click=_open, args=(desk, preset.design, name)):
        st.rerun()


def _size_text(design: Design) -> str:
    summary = summarize(design)
    size = f"{summary.parameters:,} parameters, {summary.macs:,} multiply-adds"
    if not summary.ok:
        size = "cannot be trained as it is"
    return f"{len(design.layers)} layers, {size}, for {shape_text(design.input_shape)}"


def _open(desk: Desk, design: Design, what: str) -> None:
    desk.open(design, f"open {what}", f"Opened {what}. Undo brings back what was here before.")


def _save(desk: Desk) -> None:
    """Save under the design's name; a design of that name that was not opened here is not replaced."""
    taken = {saved.name: saved.design for saved in lab().store.designs()}
    name = desk.design.name
    if name in taken and taken[name] not in (desk.saved, desk.design):
        _replace_dialog(desk)
    else:
        _save_now(desk)


def _save_now(desk: Desk) -> None:
    try:
        lab().store.save_design(desk.design.name, desk.design)
    except LabError as error:
        desk.trouble = str(error)
    else:
        desk.saved = desk.design
        st.toast("Saved.", icon=":material/save:")


@st.dialog("Replace the saved design?")
def _replace_dialog(desk: Desk) -> None:
    st.text(f"There is another saved design named “{desk.design.name}”.")
    st.caption("To keep both, give this one another name and save it then.")
    with st.container(horizontal=True):
        if st.button("Replace it", type="primary", on_click=_save_now, args=(desk,)):
            st.rerun()
        if st.button("Keep it"):
            st.rerun()


@st.dialog("My designs", width="large")
def _saved_dialog(desk: Desk) -> None:
    designs = lab().store.designs()
    _trouble(desk)
    if not designs:
        st.markdown("Nothing is saved yet. **Save** puts the design on the bench here, under its name.")
        return
    st.caption("Opening one loses nothing: Undo brings back what is on the bench now.")
    names = {saved.name for saved in designs}
    for saved in designs:
        with st.container(border=True):
            _saved_card(desk, saved, names)


def _saved_card(desk: Desk, saved: SavedDesign, names: set[str]) -> None:
    st.text(saved.name)
    st.caption(plain(f"{_size_text(saved.design)}; saved {_when(saved.updated_at)}"))
    with st.container(horizontal=True):
        if st.button(
            "Open",
            key=f"open_{saved.id}",
            icon=":material/folder_open:",
            on_click=_open_saved,
            args=(desk, saved),
        ):
            st.rerun()
        with st.popover("Rename", icon=":material/edit:"):
            key = f"name_{saved.id}_{saved.name}"
            fits = name_field("New name", saved.name, key, names)
            st.button(
                "Rename it",
                key=f"rename_{saved.id}",
                disabled=not fits,
                on_click=_rename_saved,
                args=(desk, saved, key),
            )
        with st.popover("Delete", icon=":material/delete:"):
            st.text(f"Delete “{saved.name}” for good?")
            st.button(
                "Delete it",
                type="primary",
                key=f"delete_{saved.id}",
                on_click=lab().store.delete_design,
                args=(saved.id,),
            )


def _open_saved(desk: Desk, saved: SavedDesign) -> None:
    desk.saved = saved.design
    _open(desk, saved.design, saved.name)


def _rename_saved(desk: Desk, saved: SavedDesign, key: str) -> None:
    store = lab().store
    try:
        store.rename_design(saved.id, st.session_state[key] or "")
        renamed = store.saved_design(saved.id)
    except LabError as error:
        desk.trouble = str(error)
        return
    if desk.saved == saved.design == desk.design:  # it is on the bench, and is still the same design
        desk.open(renamed.design, f"rename to {renamed.name}")
        desk.saved = desk.design


def _when(moment: float) -> str:
    """'just now', '5 minutes ago', or the day."""
    minutes = (time.time() - moment) / 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes:.0f} min ago"
    return time.strftime("%d %B %Y, %H:%M", time.localtime(moment))


def _file_menu(desk: Desk) -> None:
    st.download_button(
        "Download as a file",
        lambda: desk.design.to_json(),
        file_name=f"{file_stem(desk.design.name)}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )
    st.file_uploader(
        "Open a design file or a notebook",
        type=["json", "ipynb", "py"],
        key="build_upload",
        max_upload_size=MAX_UPLOAD_MB,
        on_change=_upload,
        args=(desk,),
    )


def _upload(desk: Desk) -> None:
    """Read the file; one that is no design changes nothing on the bench."""
    file = st.session_state["build_upload"]
    if file is None:
        return
    try:
        found = read_file(file.getvalue())
    except LabError as error:
        desk.trouble = f"{file.name} was not opened. {error}"
    else:
        what = found.design.name
        said = " ".join(
            (f"Opened {what}. Undo brings back what was here before.", *found.warnings, *found.notes)
        )
        desk.open(found.design, f"open {what}", said)
