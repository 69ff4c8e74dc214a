"""The live curves on a page. One drawing of a run serves all its viewers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from cnnlab.charts.changes import changes_text
from cnnlab.charts.colors import css_variables
from cnnlab.charts.curves import LiveCurves, curves_text, line_labels
from cnnlab.language import _, language, sentences
from cnnlab.runs.records import Curves, Run
from cnnlab.runs.store import RunStore
from cnnlab.ui.shared.components import Component
from cnnlab.ui.shared.menus import run_titles

_curves = Component("train/live_curves", style=css_variables())


def live_curves(run_id: str) -> LiveCurves:
    """The drawing of one run, shared by all its viewers in this language."""
    return _cached(run_id, language())


@st.cache_resource(max_entries=32, show_spinner=False)
def _cached(run_id: str, code: str) -> LiveCurves:
    return LiveCurves()


def curves_data(
    store: RunStore, run: Run, known: Curves, shown: Sequence[Run], *, many: bool = False
) -> dict[str, Any]:
    """Loss and accuracy for two charts: a run with another one dashed over it, or `many`, each in a color.

    `known`: the run's own curves.
    """
    drawings, titles = [], run_titles(shown)
    for each in shown:
        lines = live_curves(each.id).drawing(each, known if each.id == run.id else store.curves(each.id))
        begin = _fork_point(store, run) if each.id == run.parent and not many else 0
        title = titles[each.id]
        name = _("{title} (from epoch {epoch} on)", title=title, epoch=run.parent_epoch) if begin else title
        drawings.append({"name": name, "lines": lines, "from": begin})
    span = live_curves(shown[0].id).span
    longest = max(shown, key=lambda each: each.progress.step).progress
    return {
        "runs": drawings,
        "many": many,
        "labels": line_labels(run.design, span)
        | {"bold": _("training, averaged over up to {span} batches", span=span)},
        "batches": longest.batches if many else run.progress.batches,
        "epochs": longest.epochs if many else run.progress.epochs,
        "alt": sentences(filter(None, (curves_text(known), changes_text(run.config, known.flags)))),
    }


def show_curves(curves: dict[str, Any], follow: dict[str, Any], on_news: Callable[[], None]) -> None:
    """Show the charts, with a script that keeps them and the rest of the page up to date.

    `curves`: from curves_data, or {"runs": []} if there is nothing to draw yet. `follow`: what the page was
    drawn with: "run" and "with" to request, "sign", whether anything is "active", and whether a command was
    "asked" whose effect does not show yet. `on_news`: called before the fragment is redrawn because more has
    changed than the charts.
    """
    _curves(key="live_curves", data=curves | {"follow": follow}, on_news_change=on_news)


def _fork_point(store: RunStore, run: Run) -> int:
    """The parent's step at which this run was forked: from there on the two are comparable."""
    epochs = store.curves(run.parent).epochs if run.parent else []
    return next((point.step for point in epochs if point.epoch == run.parent_epoch), 0)
