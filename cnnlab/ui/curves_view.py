"""Places the live curves on a page. One drawing a run and tick serves all its viewers."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cnnlab.figures.colors import css_variables
from cnnlab.figures.curves import LiveCurves, in_words, line_labels
from cnnlab.runs.records import Run
from cnnlab.runs.store import RunStore

_FOLDER = Path(__file__).parents[2] / "assets" / "live_curves"
_mount = st.components.v2.component(
    "live_curves",
    css=css_variables() + (_FOLDER / "live_curves.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in ("geometry.js", "live_curves.js")),
)


@st.cache_resource(max_entries=32, show_spinner=False)
def live_curves(run_id: str) -> LiveCurves:
    """The drawing of one run, kept for all its viewers."""
    return LiveCurves()


def show_curves(store: RunStore, run: Run, other: Run | None = None) -> None:
    """Loss and accuracy of a run as two charts, a second run dashed over them."""
    drawings = []
    for shown in filter(None, (run, other)):
        lines = live_curves(shown.id).drawing(shown, store.curves(shown.id))
        drawings.append({"name": shown.name, "lines": lines})
    _mount(
        key="live_curves",
        data={
            "runs": drawings,
            "labels": line_labels(run.design, live_curves(run.id).span),
            "batches": run.progress.batches,
            "epochs": run.progress.epochs,
            "alt": in_words(store.curves(run.id)),
        },
    )
