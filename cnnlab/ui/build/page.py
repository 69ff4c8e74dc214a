"""The Build page: a design is chosen, assembled, saved, and sent to training."""

from __future__ import annotations

import time

import streamlit as st

from cnnlab.convert import link
from cnnlab.convert.files import read_file
from cnnlab.data import DATASETS
from cnnlab.design.design import Design, summarize
from cnnlab.design.editing import fitted
from cnnlab.design.presets import FAMILY_TITLES, Preset, families
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
from cnnlab.ui.build.editor import Editor, file_stem
from cnnlab.ui.build.layer_stack import layer_stack
from cnnlab.ui.shared.fields import name_field
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu
from cnnlab.ui.shared.widgets import set_value
from cnnlab.ui.train.form import chosen_config

EMPTY = "an empty stack"
OTHER = "another size"  # in the menu of data sets, when the design fits none that was chosen
MAX_UPLOAD_MB = 21  # above MAX_NOTEBOOK_BYTES, so that a refusal can be given in our own words


@st.fragment
def build_page() -> None:
    """Head and tools above, the stack below: edits redraw the stack alone, by a route of its own."""
    leave_if_asked()
    tab = state()
    editor = tab.editor
    _open_link(tab, editor)
    editor.shown = editor.surroundings(summarize(editor.design))
    editor.data, editor.config = tab.data, _config()
    _head(tab, editor)
    _tools(editor)
    with st.container(key="build_notice"):  # always there: a place that moved would mount the cards anew
        _notice(editor)
    layer_stack(editor, tab.name, on_around=_redraw)


def _redraw() -> None:
    """Nothing to do: the rerun that follows draws head, tools and notice as they are now."""


def _open_link(tab: TabState, editor: Editor) -> None:
    """The address bar always holds the design on the bench; one that came from elsewhere is opened."""
    text = st.query_params.get(link.PARAMETER)
    if text is None or text in editor.links:
        return
    editor.links.append(text)
    try:
        design, _ = link.decode(text)
    except LabError as error:
        editor.trouble = f"The link in the address bar was not opened. {error} Nothing was changed."
        return
    if design != editor.design:
        words = "The design of the link in the address bar. Nothing saved was changed."
        editor.open(design, "open a link", words)
    if not _fits(design, tab.data):
        tab.data = next((name for name in DATASETS if _fits(design, name)), tab.data)
    editor.saved = next(
        (saved.design for saved in lab().store.designs() if saved.design == design), editor.saved
    )


def _config() -> TrainConfig:
    """As the Train page's form stands; what cannot be read there is said there."""
    try:
        return chosen_config()
    except LabError:
        return TrainConfig()


def _problem(editor: Editor) -> str:
    """Why what is seen on the bench cannot be trained; empty where it can."""
    problems = summarize(editor.design).problems
    return str(problems[0].text) if problems else editor.waits()[1]


# ---- name, data, training


def _head(tab: TabState, editor: Editor) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="build_head"):
        _name_field(editor)
        _data_menu(tab, editor)
        reason = _problem(editor)
        st.button(
            "Train this network",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(reason),
            help=escape_markdown(reason) or None,
            key="build_train",
            on_click=leave_for,
            args=("train",),
            kwargs={"new": "run"},
        )


def _name_field(editor: Editor) -> None:
    set_value("build_name", editor.design.name)
    st.text_input(
        "Name",
        key="build_name",
        max_chars=limits.MAX_NAME,
        width=320,
        on_change=_rename,
        args=(editor,),
    )


def _rename(editor: Editor) -> None:
    try:
        name = checked_name(st.session_state["build_name"])
    except LabError as error:
        editor.trouble = str(error)
        return
    editor.open(editor.design.model_copy(update={"name": name}), f"rename to {name}")


def _data_menu(tab: TabState, editor: Editor) -> None:
    """For which data set: its shape and classes become the design's."""
    fits = _fits(editor.design, tab.data)
    names = [*DATASETS, *([] if fits else [OTHER])]
    labels = {name: _data_label(name, editor.design) for name in names}
    menu(
        "For which data set",
        labels,
        tab.data if fits else OTHER,
        key="build_data",
        on_pick=lambda name: _fit(tab, editor, name),
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


def _fit(tab: TabState, editor: Editor, name: str | None) -> None:
    if name is None or name == OTHER:
        return
    tab.data = name
    info = DATASETS[name]
    design, notes = fitted(editor.design, info.input_shape, len(info.classes))
    editor.open(design, f"fit to {info.title}", " ".join(map(str, notes)))


# ---- presets, saved designs, files


def _tools(editor: Editor) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="build_tools"):
        if st.button("Start from…", icon=":material/dashboard:", help="Presets, or an empty stack"):
            _gallery_dialog(editor)
        if st.button("My designs", icon=":material/folder_open:"):
            _saved_dialog(editor)
        if st.button("Save", icon=":material/save:", key="build_save"):
            _save(editor)
        if st.button("Code", icon=":material/code:", help="Paste Keras or PyTorch code, or take it home"):
            code_dialog(editor)
        with st.popover("File", icon=":material/description:"):
            _file_menu(editor)
        st.caption("Saved" if editor.saved == editor.design else "Not saved")


def _notice(editor: Editor) -> None:
    """What went wrong, once; what was done, until the next edit."""
    _trouble(editor)
    if editor.notice:
        st.info(escape_markdown(editor.notice), icon=":material/info:")


def _trouble(editor: Editor) -> None:
    if editor.trouble:
        st.error(escape_markdown(editor.trouble), icon=":material/error:")
    editor.trouble = ""


@st.dialog("Start from", width="large")
def _gallery_dialog(editor: Editor) -> None:
    """Every preset by family, with its two sentences, its size and its source."""
    st.caption("What is on the bench now is not lost: Undo brings it back.")
    with st.container(border=True):
        st.markdown("**Empty stack**")
        st.markdown("Nothing but the picture that goes in. Every layer is yours to choose.")
        blank = editor.design.model_copy(update={"name": "untitled", "layers": ()})
        if st.button("Start empty", key="preset_empty", on_click=_open, args=(editor, blank, EMPTY)):
            st.rerun()
    for family, presets in families().items():
        st.subheader(str(FAMILY_TITLES[family]))
        columns = st.columns(2)
        for index, (name, preset) in enumerate(presets.items()):
            with columns[index % 2], st.container(border=True):
                _preset_card(editor, name, preset)


def _preset_card(editor: Editor, name: str, preset: Preset) -> None:
    st.markdown(f"**{escape_markdown(name)}**")
    if preset.family == "bad":
        st.badge("fails on purpose: find out why", icon=":material/troubleshoot:", color="orange")
    st.markdown(escape_markdown(preset.about))
    st.caption(f"{escape_markdown(_size_text(preset.design))}  \n{escape_markdown(preset.source)}")
    if st.button("Start with this", key=f"preset_{name}", on_click=_open, args=(editor, preset.design, name)):
        st.rerun()


def _size_text(design: Design) -> str:
    summary = summarize(design)
    size = f"{summary.parameters:,} parameters, {summary.macs:,} multiply-adds"
    if not summary.ok:
        size = "cannot be trained as it is"
    return f"{len(design.layers)} layers, {size}, for {shape_text(design.input_shape)}"


def _open(editor: Editor, design: Design, what: str) -> None:
    editor.open(design, f"open {what}", f"Opened {what}. Undo brings back what was here before.")


def _save(editor: Editor) -> None:
    """Save under the design's name; a design of that name that was not opened here is not replaced."""
    taken = {saved.name: saved.design for saved in lab().store.designs()}
    name = editor.design.name
    if name in taken and taken[name] not in (editor.saved, editor.design):
        _replace_dialog(editor)
    else:
        _save_now(editor)


def _save_now(editor: Editor) -> None:
    try:
        lab().store.save_design(editor.design.name, editor.design)
    except LabError as error:
        editor.trouble = str(error)
    else:
        editor.saved = editor.design
        st.toast("Saved.", icon=":material/save:")


@st.dialog("Replace the saved design?")
def _replace_dialog(editor: Editor) -> None:
    st.text(f"There is another saved design named “{editor.design.name}”.")
    st.caption("To keep both, give this one another name and save it then.")
    with st.container(horizontal=True):
        if st.button("Replace it", type="primary", on_click=_save_now, args=(editor,)):
            st.rerun()
        if st.button("Keep it"):
            st.rerun()


@st.dialog("My designs", width="large")
def _saved_dialog(editor: Editor) -> None:
    designs = lab().store.designs()
    _trouble(editor)
    if not designs:
        st.markdown("Nothing is saved yet. **Save** puts the design on the bench here, under its name.")
        return
    st.caption("Opening one loses nothing: Undo brings back what is on the bench now.")
    names = {saved.name for saved in designs}
    for saved in designs:
        with st.container(border=True):
            _saved_card(editor, saved, names)


def _saved_card(editor: Editor, saved: SavedDesign, names: set[str]) -> None:
    st.text(saved.name)
    st.caption(escape_markdown(f"{_size_text(saved.design)}; saved {_when(saved.updated_at)}"))
    with st.container(horizontal=True):
        if st.button(
            "Open",
            key=f"open_{saved.id}",
            icon=":material/folder_open:",
            on_click=_open_saved,
            args=(editor, saved),
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
                args=(editor, saved, key),
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


def _open_saved(editor: Editor, saved: SavedDesign) -> None:
    editor.saved = saved.design
    _open(editor, saved.design, saved.name)


def _rename_saved(editor: Editor, saved: SavedDesign, key: str) -> None:
    store = lab().store
    try:
        store.rename_design(saved.id, st.session_state[key] or "")
        renamed = store.saved_design(saved.id)
    except LabError as error:
        editor.trouble = str(error)
        return
    if editor.saved == saved.design == editor.design:  # it is on the bench, and is still the same design
        editor.open(renamed.design, f"rename to {renamed.name}")
        editor.saved = editor.design


def _when(moment: float) -> str:
    """'just now', '5 minutes ago', or the day."""
    minutes = (time.time() - moment) / 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes:.0f} min ago"
    return time.strftime("%d %B %Y, %H:%M", time.localtime(moment))


def _file_menu(editor: Editor) -> None:
    st.download_button(
        "Download as a file",
        lambda: editor.design.to_json(),
        file_name=f"{file_stem(editor.design.name)}.json",
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
        args=(editor,),
    )


def _upload(editor: Editor) -> None:
    """Read the file; one that is no design changes nothing on the bench."""
    file = st.session_state["build_upload"]
    if file is None:
        return
    try:
        found = read_file(file.getvalue())
    except LabError as error:
        editor.trouble = f"{file.name} was not opened. {error}"
    else:
        what = found.design.name
        said = " ".join(
            (
                f"Opened {what}. Undo brings back what was here before.",
                *map(str, (*found.warnings, *found.notes)),
            )
        )
        editor.open(found.design, f"open {what}", said)
