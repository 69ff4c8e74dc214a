"""Code in and out: paste what an article shows, or take the network home as a script, a file or a link."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from cnnlab.charts.network import network_svg
from cnnlab.convert import Imported, Kind, link, read_design, write_design
from cnnlab.data import DATASETS
from cnnlab.design.design import Design, summarize
from cnnlab.ground.errors import LabError
from cnnlab.layers import shape_text
from cnnlab.training.config import TrainConfig
from cnnlab.ui.app.state import state
from cnnlab.ui.build.editor import Editor, file_stem
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.train.form import offer_config

_TEXT = "code_text"
_HOME: dict[Kind, tuple[str, str, str]] = {  # title, language of the highlighting, end of the file's name
    "pytorch": ("PyTorch script", "python", "_pytorch.py"),
    "keras": ("Keras script", "python", "_keras.py"),
    "json": ("Design file", "json", ".json"),
    "link": ("Link", "text", ".txt"),
}
_PLACEHOLDER = """model = Sequential([
    Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)),
    MaxPooling2D((2, 2)),
    ..."""


@st.dialog("Code", width="large")
def code_dialog(editor: Editor) -> None:
    """Two tabs: in and out."""
    paste, home = st.tabs(["Paste code", "Take it home"])
    with paste:
        _paste(editor)
    with home:
        _take_home(editor)


# ---- in


def _paste(editor: Editor) -> None:
    st.caption(
        "Keras or PyTorch code as an article shows it, with everything around it, the text of a notebook "
        "(`.ipynb`), a design file, or a link. The code is read, never run."
    )
    text = st.text_area("Code", key=_TEXT, height=260, placeholder=_PLACEHOLDER, label_visibility="collapsed")
    st.button("Read it", icon=":material/search:")  # leaving the field reads it too
    if not text.strip():
        return
    try:
        found = read_design(text)
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return
    _preview(found)
    _offer(editor, found)


def _preview(found: Imported) -> None:
    """What was understood, before anything is changed."""
    design = found.design
    summary = summarize(design)
    st.text(
        f"{design.name}: {shape_text(design.input_shape)} in, {design.classes} classes out, "
        f"{len(design.layers)} layers, {summary.parameters:,} parameters"
    )
    st.image(network_svg(design, width=680, dark=st.context.theme.type == "dark"))
    for warning in found.warnings:
        st.warning(escape_markdown(warning), icon=":material/lightbulb:")
    for problem in summary.problems:
        st.error(escape_markdown(f"{problem.text} The bench offers repairs."), icon=":material/error:")
    if found.notes:
        st.html(f"<ul>{''.join(f'<li>{escape(str(note))}</li>' for note in found.notes)}</ul>")


def _offer(editor: Editor, found: Imported) -> None:
    config = found.config
    takes = False
    if config is not None:
        takes = st.checkbox(
            "Put its training settings into the Train page's form as well: "
            f"{escape_markdown(_config_text(config))}",
            value=True,
            key="code_config",
        )
    done = st.button(
        "Put it on the bench",
        type="primary",
        icon=":material/stacks:",
        on_click=_bring,
        args=(editor, found, config if takes else None),
    )
    if done:
        st.rerun()


def _config_text(config: TrainConfig) -> str:
    """What differs from the usual settings, after what everybody wants to know."""
    main = (
        f"{config.epochs} epochs, batches of {config.batch_size}, {config.optimizer}, "
        f"learning rate {config.learning_rate:g}, {config.loss}"
    )
    said = ("epochs", "batch_size", "optimizer", "learning_rate", "loss")
    others = config.model_dump(exclude_defaults=True, exclude=set(said))
    return ", ".join([main, *(f"{name.replace('_', ' ')} {value}" for name, value in others.items())])


def _bring(editor: Editor, found: Imported, config: TrainConfig | None) -> None:
    words = "This network was read from code. Undo brings back what was here before."
    editor.open(found.design, "open pasted code", words)
    if found.data in DATASETS:
        state().data = found.data
    if config is not None:
        offer_config(config)
        editor.config = config


# ---- out


def _take_home(editor: Editor) -> None:
    kinds = list(_HOME)
    kind: Kind = st.segmented_control(
        "As",
        kinds,
        default="pytorch",
        required=True,
        format_func=lambda each: _HOME[each][0],
        key="code_kind",
        label_visibility="collapsed",
    )
    title, language, ending = _HOME[kind]
    try:
        text = (
            _link(editor.design)
            if kind == "link"
            else write_design(editor.design, editor.config, kind, editor.data)
        )
    except LabError as error:
        st.error(escape_markdown(error), icon=":material/error:")
        return
    st.download_button(
        f"Download the {title[0].lower() if kind not in ('pytorch', 'keras') else title[0]}{title[1:]}",
        text,
        file_name=f"{file_stem(editor.design.name)}{ending}",
        mime="text/plain",
        icon=":material/download:",
        on_click="ignore",
    )
    st.code(text, language, wrap_lines=kind == "link", height=min(440, 60 + 21 * text.count("\n")))


def _link(design: Design) -> str:
    """The whole address of this page with the design in it."""
    page = urlsplit(st.context.url or "")
    return urlunsplit((page.scheme, page.netloc, page.path, f"{link.PARAMETER}={link.encode(design)}", ""))
