"""What one browser tab has in hand: one typed object in Streamlit's session state."""

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
    """The design in the editor, the run that is watched, the model that reads, the drawing."""

    editor: Editor = field(
        default_factory=lambda: Editor.on(preset("article-1").design)
    )  # the Build page's editor
    data: str = "digits"  # the data set that the design is for; what the Train page begins with
    run_id: str | None = None  # watched on the Train page
    model_key: str = "bundled"  # "bundled" or a run's id; reads drawings, is looked into
    name: str = field(default_factory=last_drawings.open_tab)  # under which the pad sends the tab's drawing
    looked_at: int = 0  # the changes of the drawing that the Look inside page has seen
    look_from: str = ""  # where that page's picture comes from: a data set's name, or DRAWING
    waits: bool = False  # whether that page wants to show the drawing and has none

    @property
    def design(self) -> Design:
        """The design in the editor."""
        return self.editor.design

    @design.setter
    def design(self, design: Design) -> None:
        self.editor.put(design, _("change made on another page"))

    @property
    def drawing(self) -> Drawing | None:
        """What is on the pad; None for a blank sheet."""
        return last_drawings.of(self.name)

    @drawing.setter
    def drawing(self, drawing: Drawing | None) -> None:
        last_drawings.put(self.name, drawing)


def state() -> TabState:
    """The tab's state; made on its first page."""
    if "tab" not in st.session_state:
        st.session_state["tab"] = TabState()
    tab: TabState = st.session_state["tab"]
    return tab
