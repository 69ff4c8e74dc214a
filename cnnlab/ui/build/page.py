"""The Build page: choose a design, assemble it, save it, and send it to training."""

from __future__ import annotations

import streamlit as st

from cnnlab.convert import link
from cnnlab.convert.files import read_file
from cnnlab.design.design import Design, summarize
from cnnlab.design.editing import fitted
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError, LabError
from cnnlab.language import Words, _, lazy
from cnnlab.layers import shape_text
from cnnlab.runs.designs import checked_name
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_if_requested, go_to
from cnnlab.ui.app.state import TabState, state
from cnnlab.ui.build.code_dialog import code_dialog
from cnnlab.ui.build.editor import Editor, file_stem
from cnnlab.ui.build.gallery import gallery_dialog
from cnnlab.ui.build.layer_stack import layer_stack
from cnnlab.ui.build.saved_designs import kept_designs, saved_designs_dialog, show_error
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.shared.menus import menu
from cnnlab.ui.shared.undo import undo_toast
from cnnlab.ui.shared.widgets import set_value
from cnnlab.ui.train.form import chosen_config

OTHER = "another size"  # in the menu of data sets, if the design does not fit the chosen one
MAX_UPLOAD_MB = 21  # above MAX_NOTEBOOK_BYTES, so that we can show our own error message


@st.fragment
def build_page() -> None:
    """Header and tools above, the stack below; edits redraw only the stack, through its own route."""
    go_if_requested()
    tab = state()
    if tab.data not in lab().catalogue:  # it has been removed since it was chosen
        tab.data = _names()[0]
    editor = tab.editor
    _open_link(tab, editor)
    editor.shown_surroundings = editor.surroundings(summarize(editor.design))
    editor.data, editor.config = tab.data, _config()
    _head(tab, editor)
    browsing = _tools(editor)
    with st.container(key="build_notice"):  # always there: otherwise the cards would move and be remounted
        show_error(editor)
    layer_stack(editor, tab.name, on_around=_redraw)
    if not browsing:  # else the dialog shows it
        undo_toast()


def _redraw() -> None:
    """Do nothing: the rerun that follows redraws header, tools and notice."""


def _open_link(tab: TabState, editor: Editor) -> None:
    """Open the design in the address bar, unless it is one that the editor itself put there."""
    text = st.query_params.get(link.PARAMETER)
    if text is None or text in editor.links:
        return
    editor.links.append(text)
    try:
        design, _notes = link.decode(text)
    except LabError as error:
        editor.error = lazy(
            "The link in the address bar was not opened. {error} Nothing was changed.", error=error
        )
        return
    if design != editor.design:
        notice = lazy("This design comes from the link in the address bar. Nothing saved was changed.")
        editor.open(design, lazy("open a link"), notice)
    if not _fits(design, tab.data):
        tab.data = next((name for name in _names() if _fits(design, name)), tab.data)
    editor.saved = next(
        (saved.design for saved in lab().store.designs.all() if saved.design == design), editor.saved
    )


def _config() -> TrainConfig:
    """The settings in the Train page's form; the defaults if they are invalid, which that page reports."""
    try:
        return chosen_config()
    except LabError:
        return TrainConfig()


def _problem(editor: Editor) -> Words | DesignError | None:
    """Why the design in the editor cannot be trained; None if it can."""
    problems = summarize(editor.design).problems
    return problems[0].text if problems else editor.invalid_field()[1]


# ---- name, data, training


def _head(tab: TabState, editor: Editor) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="build_head"):
        _name_field(editor)
        _data_menu(tab, editor)
        reason = _problem(editor)
        st.button(
            _("Train this network"),
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(reason),
            help=escape_markdown(reason) if reason else None,
            key="build_train",
            on_click=go_to,
            args=("train",),
            kwargs={"new": "run"},
        )


def _name_field(editor: Editor) -> None:
    set_value("build_name", editor.design.name)
    st.text_input(
        _("Name"),
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
        editor.error = error
        return
    editor.open(editor.design.model_copy(update={"name": name}), lazy("rename to {name}", name=name))


def _data_menu(tab: TabState, editor: Editor) -> None:
    """The menu of the data set, whose shape and classes the design takes on."""
    fits = _fits(editor.design, tab.data)
    names = [*_names(), *([] if fits else [OTHER])]
    labels = {name: _data_label(name, editor.design) for name in names}
    menu(
        _("Data set"),
        labels,
        tab.data if fits else OTHER,
        key="build_data",
        on_pick=lambda name: _fit(tab, editor, name),
        help=_("Gives the network the shape of the pictures, and an output for each class."),
        width=320,
    )


def _names() -> list[str]:
    return [info.name for info in lab().catalogue.infos()]


def _fits(design: Design, data: str) -> bool:
    info = lab().catalogue.describe(data)
    return design.input_shape == info.input_shape and design.classes == len(info.classes)


def _data_label(name: str, design: Design) -> str:
    if name == OTHER:
        shape = shape_text(design.input_shape)
        return _("{shape}, {classes} classes", shape=shape, classes=design.classes)
    info = lab().catalogue.describe(name)
    return _(
        "{data} ({shape}, {classes} classes)",
        data=info.title,
        shape=shape_text(info.input_shape),
        classes=len(info.classes),
    )


def _fit(tab: TabState, editor: Editor, name: str | None) -> None:
    if name is None or name == OTHER:
        return
    tab.data = name
    info = lab().catalogue.describe(name)
    design, notes = fitted(editor.design, info.input_shape, len(info.classes))
    editor.open(design, lazy("fit to {data}", data=info.title), *notes)


# ---- presets, saved designs, files


def _tools(editor: Editor) -> bool:
    """Dialogs and files; returns whether My designs is being opened."""
    with st.container(horizontal=True, vertical_alignment="center", key="build_tools"):
        if st.button(_("Start from…"), icon=":material/dashboard:", key="start_from"):
            gallery_dialog(editor)
        if browsing := st.button(_("My designs"), icon=":material/folder_open:", key="my_designs"):
            saved_designs_dialog(editor)
        if st.button(_("Save"), icon=":material/save:", key="build_save"):
            _save(editor)
        if st.button(_("Code"), icon=":material/code:", key="code"):
            code_dialog(editor)
        with st.popover(_("File"), icon=":material/description:"):
            _file_menu(editor)
        st.caption(_("Saved") if editor.saved == editor.design else _("Not saved"))
    return browsing


def _save(editor: Editor) -> None:
    """Save under the design's name; ask before replacing a design that was not opened here."""
    taken = {saved.name: saved.design for saved in kept_designs()}
    name = editor.design.name
    if name in taken and taken[name] not in (editor.saved, editor.design):
        st.dialog(_("Replace the saved design?"))(_replace)(editor)
    else:
        _save_now(editor)


def _save_now(editor: Editor) -> None:
    try:
        lab().deletions.finish()  # else a design of this name that was just deleted would be deleted anew
        lab().store.designs.save(editor.design.name, editor.design)
    except LabError as error:
        editor.error = error
    else:
        editor.saved = editor.design
        st.toast(_("Saved."), icon=":material/save:")


def _replace(editor: Editor) -> None:
    st.text(_("There is another saved design named “{name}”.", name=editor.design.name))
    st.caption(_("To keep both, give this one another name, then save it."))
    with st.container(horizontal=True):
        if st.button(_("Replace it"), type="primary", on_click=_save_now, args=(editor,)):
            st.rerun()
        if st.button(_("Keep it")):
            st.rerun()


def _file_menu(editor: Editor) -> None:
    st.download_button(
        _("Download as a file"),
        lambda: editor.design.to_json(),
        file_name=f"{file_stem(editor.design.name)}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )
    st.file_uploader(
        _("Open a design file or a notebook"),
        type=["json", "ipynb", "py"],
        key="build_upload",
        max_upload_size=MAX_UPLOAD_MB,
        on_change=_upload,
        args=(editor,),
    )


def _upload(editor: Editor) -> None:
    """Open the uploaded file; if it is not a design, the editor does not change."""
    file = st.session_state["build_upload"]
    if file is None:
        return
    try:
        found = read_file(file.getvalue(), lab().catalogue.records)
    except LabError as error:
        editor.error = lazy("{file} was not opened. {error}", file=file.name, error=error)
    else:
        editor.open_named(found.design, found.design.name, *found.warnings, *found.notes)
