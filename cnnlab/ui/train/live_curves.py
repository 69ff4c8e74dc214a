"""The live curves on a page. One drawing of a run serves all its viewers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnlab.charts.changes import changes_text
from cnnlab.charts.colors import css_variables
from cnnlab.charts.curves import Known, LiveCurves, curves_text, line_labels, smoothing_span
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


@dataclass(frozen=True, slots=True)
class Charts:
    """What the charts show at one moment: what all viewers share, and the runs whose lines are drawn."""

    shared: dict[str, Any]
    runs: Sequence[tuple[dict[str, Any], Run]]  # each with what is said of it besides its lines
    store: RunStore

    def data(self, known: Mapping[str, Known] | None = None) -> dict[str, Any]:
        """For the component: all lines, or what is new for a viewer who knows the rest of some runs."""
        # Curves as they are now: older ones than those drawn last would be drawn from scratch.
        drawn = [
            about
            | {
                "lines": live_curves(run.id).drawing(
                    run, self.store.curves(run.id), (known or {}).get(run.id)
                )
            }
            for about, run in self.runs
        ]
        return self.shared | {"runs": drawn}


def charts(store: RunStore, run: Run, known: Curves, shown: Sequence[Run], *, many: bool = False) -> Charts:
    """Loss and accuracy in two charts: a run with another one dashed over it, or `many`, each in a color.

    `known`: the run's own curves; without `shown` runs there is nothing to draw yet.
    """
    titles, runs = run_titles(shown), []
    for each in shown:
        begin = _fork_point(store, run) if each.id == run.parent and not many else 0
        title = titles[each.id]
        name = _("{title} (from epoch {epoch} on)", title=title, epoch=run.parent_epoch) if begin else title
        about = {"id": each.id, "name": name, "from": begin, "batches": each.progress.batches}
        runs.append((about, each))
    longest = max(shown, key=lambda each: each.progress.step, default=run).progress
    shared = {
        "many": many,
        "labels": line_labels(run.design),
        "span": smoothing_span(shown[0] if shown else run),
        "batches": longest.batches if many else run.progress.batches,
        "epochs": longest.epochs if many else run.progress.epochs,
        "alt": sentences(filter(None, (curves_text(known), changes_text(run.config, known.flags)))),
        "command": run.command,
        "step": run.progress.step,
    }
    return Charts(shared, runs, store)


def show_curves(curves: dict[str, Any], follow: dict[str, Any], on_news: Callable[[], None]) -> None:
    """Show the charts, with a script that keeps them and the rest of the page up to date.

    `curves`: the data of `charts`. `follow`: what the page was drawn with: "run" and "with" to request,
    "sign", whether anything is "active", whether a command was "asked" whose effect does not show yet, and
    what is "said" of each command once its button has been clicked.
    `on_news`: called before the fragment is redrawn because more has changed than the charts.
    """
    _curves(key="live_curves", data=curves | {"follow": follow}, on_news_change=on_news)


def _fork_point(store: RunStore, run: Run) -> int:
    """The parent's step at which this run was forked: from there on the two are comparable."""
    epochs = store.curves(run.parent).epochs if run.parent else []
    return next((point.step for point in epochs if point.epoch == run.parent_epoch), 0)
