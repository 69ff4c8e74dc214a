"""What one browser tab has in hand: one typed object in Streamlit's session state."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.design import Design
from cnnlab.presets import preset
from cnnlab.ui.layer_stack import Desk


@dataclass
class TabState:
    """The design on the bench, the run that is watched, the model that reads, the last drawing."""

    design: Design = field(default_factory=lambda: preset("article-1").design)
    desk: Desk | None = None  # the Build page's editor: what it can undo
    data: str = "digits"  # the data set that the design is for; what the Train page begins with
    run_id: str | None = None  # watched on the Train page
    model_key: str = "bundled"  # "bundled" or a run's id; reads drawings, is looked into
    drawing: NDArray[np.uint8] | None = None  # the pad's ink, (height, width), 0 paper .. 255 ink


def state() -> TabState:
    """The tab's state; made on its first page."""
    if "tab" not in st.session_state:
        st.session_state["tab"] = TabState()
    tab: TabState = st.session_state["tab"]
    return tab
