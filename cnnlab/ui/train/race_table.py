"""The race of the watched run: who is ahead, a table of all its runs, and buttons for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from html import escape

import streamlit as st

from cnnlab.charts.colors import TONES
from cnnlab.charts.race_result import WINDOW, RaceResult, Standing, race_result
from cnnlab.charts.run_words import duration, percent
from cnnlab.ground.errors import RunError
from cnnlab.language import _, plural
from cnnlab.runs.records import RESUMABLE, Command, Run
from cnnlab.training.race import MAX_RACERS
from cnnlab.ui.app.lab import lab
from cnnlab.ui.train.run_list import state_title
from cnnlab.ui.train.run_snapshot import forget_runs

_NONE = "–"


def race_table(run: Run, runs: list[Run]) -> None:
    """Show how the run's race stands, and buttons that steer all of it; nothing if it is in no race."""
    together = [each for each in runs if run.race is not None and each.race == run.race]
    if len(together) < 2:
        return
    with st.container(key="step-race"):
        with st.container(horizontal=True, vertical_alignment="center", key="race_head"):
            title = plural("Race of {count} run", "Race of {count} runs", len(together))
            st.html(f'<h3 class="race-title">{escape(title)}</h3>', width="stretch")
            _buttons(together)
        st.html(f'<div data-live="race">{race_html(run, runs)}</div>')


def _buttons(together: Sequence[Run]) -> None:
    """Pause or resume all, stop all: each does what the runs' own buttons do, for those that can."""
    goes_on = any(each.state in ("running", "queued") for each in together)
    waiting = any(each.state in ("paused", "interrupted") for each in together)
    if not goes_on and not waiting:
        return
    if goes_on:
        _button("pause", _("Pause all"), "pause", together)
    else:
        _button("resume", _("Resume all"), "play_arrow", together)
    _button("stop", _("Stop all"), "stop", together)


def _button(command: Command, label: str, icon: str, together: Sequence[Run]) -> None:
    ids = [each.id for each in together if command != "resume" or each.state in RESUMABLE - {"stopped"}]
    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=_send_to_all,
        args=(ids, command),
        key=f"race_{command}",
    )


def _send_to_all(run_ids: Sequence[str], command: Command) -> None:
    for run_id in run_ids:
        with suppress(RunError):  # it has ended, or is paused already
            lab().store.send_command(run_id, command)
    lab().supervisor.wake()
    forget_runs()


def race_html(run: Run, runs: list[Run]) -> str:
    """The sentence and the table as html; empty if the run is in no race."""
    members = [each for each in reversed(runs) if run.race is not None and each.race == run.race]
    if not members:
        return ""
    result = race_result(members, {each.id: lab().store.curves(each.id) for each in members})
    titles = _titles(result)
    rows = "".join(_row(row, titles) for row in result.rows)
    words = f'<p class="race-words"><b>{escape(result.outcome)}</b> {escape(result.fastest)}</p>'
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in titles)
    table = f'<table class="race-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f"{words}{table}{_remark(result)}"


def _titles(result: RaceResult) -> tuple[str, ...]:
    """The titles of the columns."""
    goal = _("To {goal} %", goal=f"{100 * result.goal:.0f}")
    return (_("Run"), _("Epochs"), goal, _("Best validation"), _("Test"), _("Time"))


def _row(row: Standing, titles: Sequence[str]) -> str:
    progress = row.run.progress
    epochs = f"{progress.epochs_done:.0f}/{progress.epochs or row.run.config.epochs}"
    goal = (_NONE, "")
    if row.goal_batches is not None:
        took = duration(row.goal_seconds) if row.goal_seconds is not None else ""
        goal = (plural("{count} batch", "{count} batches", row.goal_batches), took)
    best = _NONE if row.best is None else percent(row.best)
    spread = "" if row.give_or_take is None else f"± {100 * row.give_or_take:.1f}"
    test = _NONE if progress.test_accuracy is None else percent(progress.test_accuracy)
    time = duration(progress.seconds) if progress.seconds else _NONE
    values = [(epochs, ""), goal, (best, spread), (test, ""), (time, "")]
    cells = "".join(_cell(title, *value) for title, value in zip(titles[1:], values, strict=True))
    return f'<tr class="{"ahead" if row.ahead else "behind"}">{_name_cell(row)}{cells}</tr>'


def _cell(title: str, value: str, remark: str) -> str:
    small = f" <small>{escape(remark)}</small>" if remark else ""
    return f'<td class="race-cell" data-title="{escape(title)}">{escape(value)}{small}</td>'


def _name_cell(row: Standing) -> str:
    """The number and color of the line on the chart, what differs, and the state unless it trains."""
    color = TONES[f"run-{min(row.number, MAX_RACERS)}"].light if row.number else "transparent"
    chip = f'<span class="race-number" style="--run-color:{color}">{row.number or ""}</span>'
    state = f"<small>{escape(state_title(row.run))}</small>"
    return f'<th scope="row"><div>{chip}<span>{escape(row.what)} {state}</span></div></th>'


def _remark(result: RaceResult) -> str:
    goal = f"{100 * result.goal:.0f}"
    texts = [
        _(
            "To {goal} %: until {goal} % of the last {count} training pictures were answered correctly.",
            goal=goal,
            count=f"{WINDOW:,}",
        ),
        _("±: what luck may account for (95 % interval)."),
    ]
    return f'<p class="race-remark">{escape(" ".join(texts))}</p>'
