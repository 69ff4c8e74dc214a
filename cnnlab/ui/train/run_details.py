"""What a run is made of, in one line and in folds below it: all its settings, its speed-ups."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from cnnlab.charts.run_words import SPEEDUPS, current_config, headline
from cnnlab.language import _, plural, sentences
from cnnlab.runs.learned_data import data_of
from cnnlab.runs.records import Flag, Run
from cnnlab.training.settings import DEFAULT_CONFIG, all_settings
from cnnlab.ui.app.lab import lab


def run_details(run: Run, flags: Sequence[Flag]) -> None:
    """The line and the folds. On a phone the bar is at the foot, so the name is repeated here."""
    line = escape(headline(run, str(data_of(run, lab().catalogue).title), flags))
    folds = _settings_html(run, flags) + _speedups_html(run)
    text = f'<h2>{escape(run.name)}</h2><p>{line}</p><div class="folds">{folds}</div>'
    st.html(f'<div class="run-head">{text}</div>')


def _settings_html(run: Run, flags: Sequence[Flag]) -> str:
    """All settings that apply to the run, in a collapsed element; those that differ from usual in bold."""
    config = current_config(run, flags)
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{f'<b>{escape(value)}</b>' if other else escape(value)}</dd></div>"
        for name, value, other in all_settings(config)
    )
    remarks = [_("In bold: differs from usual.") if config != DEFAULT_CONFIG else _("All are as usual.")]
    remarks += [_("As they are after the changes made on the way.")] if flags else []
    return _details_html(_("All settings"), f"<dl>{items}</dl>", sentences(remarks))


def _details_html(summary: str, html: str, remark: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{html}<p>{escape(remark)}</p></details>"


def _speedups_html(run: Run) -> str:
    """The active speed-ups, in a collapsed element; empty before they are known."""
    active = [SPEEDUPS[code] for code in run.progress.ways if code in SPEEDUPS]
    if not active:
        return ""
    items = "".join(
        f"<li><b>{escape(str(each.title))}</b>: {escape(str(each.about))}</li>" for each in active
    )
    summary = plural("{count} speed-up active", "{count} speed-ups active", len(active))
    how = _("For a run without them: New run, More settings, Speed-ups, and float32 as its precision.")
    return _details_html(summary, f"<ul>{items}</ul>", how)
