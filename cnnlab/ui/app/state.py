"""The state of one browser tab: one typed object in Streamlit's session state."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from cnnlab.drawing.ink import Drawing
from cnnlab.language import _
from cnnlab.ui.build.editor import Editor
from cnnlab.ui.draw.last_drawing import last_drawings


@dataclass
class TabState:
    """The design in the editor, the watched run, the model that reads, the drawing."""

    editor: Editor = field(
        default_factory=lambda: Editor.of(preset("article-1").design)
    )  # the Build page's editor
    data: str = "digits"  # the data set that the design is for, and the Train page's initial choice
    run_id: str | None = None  # the run watched on the Train page
    model_key: str = "bundled"  # "bundled" or a run's id; reads drawings, is shown on Look inside
    name: str = field(default_factory=last_drawings.open_tab)  # the tab's name, sent with its drawings
    seen_changes: int = 0  # how many changes of the drawing the Look inside page has seen
    picture_source: str = ""  # the source of that page's picture: a data set's name, or DRAWING
    waits: bool = False  # whether that page should show the drawing but has none

    @property
    def design(self) -> Design:
        """The design in the editor."""
        return self.editor.design

    @design.setter
    def design(self, design: Design) -> None:
        self.editor.replace(design, _("change made on another page"))

    @property
    def drawing(self) -> Drawing | None:
        """The drawing on the pad; None for a blank sheet."""
        return last_drawings.of(self.name)

    @drawing.setter
    def drawing(self, drawing: Drawing | None) -> None:
        last_drawings.put(self.name, drawing)


def state() -> TabState:
    """The tab's state; created on its first page."""
    if "tab" not in st.session_state:
        st.session_state["tab"] = TabState()
    tab: TabState = st.session_state["tab"]
    return tab
