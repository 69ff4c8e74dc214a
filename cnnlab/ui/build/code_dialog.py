"""Import and export: paste code from an article, or export the network as a script, a file or a link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from cnnlab.charts.network import network_svg
from cnnlab.convert import Imported, Kind, SettingsOnlyError, link, read_design, write_design
from cnnlab.design.design import Design, summarize
from cnnlab.ground.errors import LabError
from cnnlab.language import Words, _, lazy, listed, sentences
from cnnlab.layers import shape_text
from cnnlab.training.config import TrainConfig
from cnnlab.training.settings import phrase, value_text
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.state import state
from cnnlab.ui.build.editor import Editor, file_stem
from cnnlab.ui.build.saved_designs import kept_designs
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.train.form import offer_config

_TEXT = "code_text"
_USE_CONFIG = "code_config"


@dataclass(frozen=True, slots=True)
class _Export:
    """One format for exporting the network."""

    title: Words
    download: Words  # the caption of its button
    syntax: str  # for highlighting
    ending: str  # of the file name


_EXPORTS: dict[Kind, _Export] = {
    "pytorch": _Export(lazy("PyTorch script"), lazy("Download the PyTorch script"), "python", "_pytorch.py"),
    "keras": _Export(lazy("Keras script"), lazy("Download the Keras script"), "python", "_keras.py"),
    "json": _Export(lazy("Design file"), lazy("Download the design file"), "json", ".json"),
    "link": _Export(lazy("Link"), lazy("Download the link"), "text", ".txt"),
}
_PLACEHOLDER = """model = Sequential([
    Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)),
    MaxPooling2D((2, 2)),
    ..."""


def code_dialog(editor: Editor) -> None:
    """Open the dialog, with a tab for import and one for export."""
    st.dialog(_("Code"), width="large")(_tabs)(editor)


def _tabs(editor: Editor) -> None:
    paste, export = st.tabs([_("Paste code"), _("Export")])
    with paste:
        _paste(editor)
    with export:
        _export(editor)


# ---- import


def _paste(editor: Editor) -> None:
    st.caption(
        _(
            "Keras or PyTorch code as an article shows it, with everything around it, the text of a notebook "
            "(`.ipynb`), a design file, or a link. The code is read, never run."
        )
    )
    text = st.text_area(
        _("Code"), key=_TEXT, height=200, placeholder=_PLACEHOLDER, label_visibility="collapsed"
    )
    st.button(_("Read it"), icon=":material/search:")  # leaving the field reads it too
    if not text.strip():
        return
    try:
        found = read_design(text, lab().catalogue.records)
    except SettingsOnlyError as error:
        _offer_settings(editor, error)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
    else:
        _preview(editor, replace(found, design=_named_apart(editor, found.design)))


def _named_apart(editor: Editor, design: Design) -> Design:
    """The design; with a number if its name only says what it was read from, and there is one already."""
    if design.name not in (_("Keras code"), _("PyTorch code")):
        return design
    taken = {editor.design.name, *(saved.name for saved in kept_designs())}
    numbers = [number for beginning, number in map(_split_number, taken) if beginning == design.name]
    if not numbers:
        return design
    return design.model_copy(update={"name": f"{design.name} {max(numbers) + 1}"})


def _split_number(name: str) -> tuple[str, int]:
    """'Keras code 2' -> ('Keras code', 2); a name without a number counts as the first."""
    beginning, _blank, number = name.rpartition(" ")
    return (beginning, int(number)) if number.isdecimal() and len(number) < 4 else (name, 1)


def _preview(editor: Editor, found: Imported) -> None:
    """Show what was understood, before anything is changed; what opens it stands beside the first line."""
    design = found.design
    summary = summarize(design)
    with st.container(horizontal=True, vertical_alignment="center", key="code_found"):
        words = _(
            "{name}: {shape} in, {classes} classes out, {layers} layers, {parameters} parameters",
            name=design.name,
            shape=shape_text(design.input_shape),
            classes=design.classes,
            layers=len(design.layers),
            parameters=f"{summary.parameters:,}",
        )
        st.text(words, width="stretch")
        label = _("Open in the editor")
        if st.button(label, type="primary", icon=":material/stacks:", on_click=_open, args=(editor, found)):
            st.rerun()
    if found.config is not None:
        settings = escape_markdown(_config_text(found.config))
        text = _("Also put its training settings into the Train page's form: {settings}", settings=settings)
        st.checkbox(text, value=True, key=_USE_CONFIG)
    for problem in summary.problems:
        text = sentences([problem.text, _("The editor offers repairs.")])
        st.error(escape_markdown(text), icon=":material/error:")
    for warning in found.warnings:
        st.warning(escape_markdown(warning), icon=":material/lightbulb:")
    _show_picture(design)
    if found.notes:
        st.html(f"<ul>{''.join(f'<li>{escape(str(note))}</li>' for note in found.notes)}</ul>")


def _show_picture(design: Design) -> None:
    """Over the full width of the dialog, which is narrow on a phone."""
    dark = st.context.theme.type == "dark"
    for name, width in (("wide", 1_100), ("narrow", 340)):
        with st.container(key=f"code_picture_{name}"):
            picture = network_svg(design, width=width, dark=dark, background=False)
            st.image(picture, width="stretch", alt=_("Picture of {name}", name=design.name))


def _offer_settings(editor: Editor, error: SettingsOnlyError) -> None:
    """Code that trains a network without the network: its settings can be used for the one in the editor."""
    st.info(
        _(
            "These are training settings and no network: paste the model with them, or apply them to the "
            "network in the editor."
        ),
        icon=":material/info:",
    )
    if error.config is None:
        return
    st.text(_config_text(error.config))
    label = _("Apply them to {name}", name=escape_markdown(editor.design.name))
    apply = st.button(
        label,
        type="primary",
        icon=":material/tune:",
        key="code_apply",
        on_click=_apply,
        args=(editor, error.config),
    )
    if apply:
        st.rerun()


def _apply(editor: Editor, config: TrainConfig) -> None:
    offer_config(config)
    editor.config = config
    editor.notice = (
        lazy("The training settings are in the Train page's form: {settings}", settings=_config_text(config)),
    )


def _config_text(config: TrainConfig) -> str:
    """The main settings, then those that differ from the defaults."""
    main = _(
        "{epochs} epochs, batches of {size}, {optimizer}, learning rate {rate}, {loss}",
        epochs=config.epochs,
        size=config.batch_size,
        optimizer=value_text("optimizer", config.optimizer),
        rate=f"{config.learning_rate:g}",
        loss=value_text("loss", config.loss),
    )
    mentioned = {"epochs", "batch_size", "optimizer", "learning_rate", "loss"}
    others = config.model_dump(exclude_defaults=True, exclude=mentioned)
    return listed([main, *(phrase(name, value) for name, value in others.items())])


def _open(editor: Editor, found: Imported) -> None:
    notice = lazy("This network was read from code. Undo brings back what was here before.")
    editor.open(found.design, lazy("open pasted code"), notice)
    if found.data is not None:
        state().data = found.data
    if found.config is not None and st.session_state.get(_USE_CONFIG, True):
        offer_config(found.config)
        editor.config = found.config


# ---- export


def _export(editor: Editor) -> None:
    kinds = list(_EXPORTS)
    kind: Kind = st.segmented_control(
        _("As"),
        kinds,
        default="pytorch",
        required=True,
        format_func=lambda each: str(_EXPORTS[each].title),
        key="code_kind",
        label_visibility="collapsed",
    )
    export = _EXPORTS[kind]
    try:
        text = (
            _link(editor.design)
            if kind == "link"
            else write_design(editor.design, editor.config, kind, editor.data, lab().catalogue.records)
        )
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return
    st.download_button(
        str(export.download),
        text,
        file_name=f"{file_stem(editor.design.name)}{export.ending}",
        mime="text/plain",
        icon=":material/download:",
        on_click="ignore",
    )
    st.code(text, export.syntax, wrap_lines=kind == "link", height=min(440, 60 + 21 * text.count("\n")))


def _link(design: Design) -> str:
    """The full address of this page, with the design in it."""
    page = urlsplit(st.context.url or "")
    return urlunsplit((page.scheme, page.netloc, page.path, f"{link.PARAMETER}={link.encode(design)}", ""))
