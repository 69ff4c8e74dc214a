"""The dialog *Start from*: the presets by family, each with its picture, or an empty stack."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from cnnlab.charts.network import network_thumbnail
from cnnlab.design.design import Design, summarize
from cnnlab.design.presets import FAMILY_TITLES, Preset, PresetFamily, families, preset
from cnnlab.language import Words, _, lazy
from cnnlab.layers import shape_text
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.shared.markdown import escape_markdown

_EMPTY = lazy("an empty stack")
_COLUMNS = 2
_REMARKS: dict[PresetFamily, Words] = {
    "articles": lazy("The networks of five articles about digits, as in their Keras code."),
    "bad": lazy("Four networks that fail on purpose, each for one reason. Train one, and find out why."),
    "classics": lazy("Networks that made history, cut down to small pictures."),
    "own": lazy("Made for this lab: fast, and good at drawings."),
}


def gallery_dialog(editor: Editor) -> None:
    """Open the dialog."""
    st.dialog(_("Start from"), width="large")(_gallery)(editor)


def _gallery(editor: Editor) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="preset_blank"):
        st.caption(_("What is in the editor now is not lost: Undo brings it back."), width="stretch")
        blank = editor.design.model_copy(update={"name": "untitled", "layers": ()})
        if st.button(
            _("Start empty"),
            icon=":material/add:",
            key="preset_empty",
            on_click=editor.open_named,
            args=(blank, _EMPTY),
        ):
            st.rerun()
    grouped = families()
    with st.container(key="preset_families"):
        tabs = st.tabs([str(FAMILY_TITLES[family]) for family in grouped])
    for tab, (family, presets) in zip(tabs, grouped.items(), strict=True):
        with tab:
            st.caption(str(_REMARKS[family]))
            _cards(editor, list(presets.values()))


def _cards(editor: Editor, presets: list[Preset]) -> None:
    """Line by line, so that Tab follows the eye."""
    for start in range(0, len(presets), _COLUMNS):
        for column, entry in zip(st.columns(_COLUMNS), presets[start : start + _COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(editor, entry)


def _card(editor: Editor, entry: Preset) -> None:
    picture = _thumbnail(entry.name, st.context.theme.type == "dark")
    st.image(picture, width="stretch", alt=_("Picture of {name}", name=entry.name))
    st.markdown(f"**{escape_markdown(entry.name)}**")
    st.markdown(escape_markdown(entry.about))
    st.caption(f"{escape_markdown(size_text(entry.design))}  \n{escape_markdown(entry.source)}")
    if st.button(
        _("Start with {name}", name=entry.name),
        key=f"preset_{entry.name}",
        on_click=editor.open_named,
        args=(entry.design, entry.name),
    ):
        st.rerun()


@lru_cache(maxsize=100)
def _thumbnail(name: str, dark: bool) -> str:
    return network_thumbnail(preset(name).design, dark=dark)


def size_text(design: Design) -> str:
    """The size of a design, in a line."""
    summary = summarize(design)
    layers, shape = len(design.layers), shape_text(design.input_shape)
    if not summary.ok:
        return _("{layers} layers, cannot be trained as it is, for {shape}", layers=layers, shape=shape)
    return _(
        "{layers} layers, {parameters} parameters, {macs} multiply-adds, for {shape}",
        layers=layers,
        parameters=f"{summary.parameters:,}",
        macs=f"{summary.macs:,}",
        shape=shape,
    )
