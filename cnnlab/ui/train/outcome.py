"""What a person should know of a run: questions, notes and messages, its review, and what to do next."""

from __future__ import annotations

from html import escape

import streamlit as st

from cnnlab.charts.puzzle import puzzle
from cnnlab.charts.review_case import RunReview
from cnnlab.charts.run_review import review, with_dropout
from cnnlab.design.design import Design
from cnnlab.ground.errors import RunError
from cnnlab.language import _, as_shown, sentences
from cnnlab.runs.learned_data import described
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import go_to
from cnnlab.ui.app.state import state
from cnnlab.ui.look_inside.page import choose_epoch
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.train.steering import open_fork


def messages(run: Run, runs: list[Run]) -> None:
    """Above the curves: the question of a network that is bad on purpose, the run's notes, its message."""
    _puzzle(run, runs)
    for note in run.notes:
        st.warning(escape_markdown(str(note)), icon=":material/history:")
    if run.message:
        show = st.error if run.state == "failed" else st.warning
        show(
            escape_markdown(as_shown(run.message)),
            icon=":material/error:" if run.state == "failed" else ":material/info:",
        )


def _puzzle(run: Run, runs: list[Run]) -> None:
    found = puzzle(run, runs)
    if found is None:
        return
    question = escape_markdown(found.question)
    if found.solved:
        text = f"**{escape_markdown(found.solved)}** {question}"
        st.success(text, icon=":material/task_alt:")
    else:
        head = _("Bad on purpose.")
        st.info(f"**{head}** {question}", icon=":material/psychology_alt:")


def outcome(run: Run) -> None:
    """Beside or below the curves: how it went once it has ended, what to do with it, what to try next."""
    found = _review(run) if not run.active and run.progress.batches else None
    with st.container(key="step-outcome"):
        with st.container(key="train_review"):
            if found is not None:
                rest = escape_markdown(sentences(filter(None, (found.finding, found.advice))))
                show, icon = _TONES[found.tone]
                show(f"**{escape_markdown(found.result)}** {rest}".rstrip(), icon=f":material/{icon}:")
            elif run.active:
                _until_then()
        if run.state != "queued" or run.progress.batches:
            _ways_on(run)
        kept = {each.epoch for each in lab().store.checkpoints(run.id)} if found is not None else set()
        if found is not None and kept:
            with st.container(horizontal=True, key="train_try_next"):
                _try_next(run, found, kept)


def _until_then() -> None:
    """In the place of the review while the run trains: what there is to see."""
    head = _("While it trains")
    text = _(
        "The curves grow with every batch. The orange points come after each epoch, from pictures that it "
        "does not learn from. At the end, you read here how it went."
    )
    st.html(f'<p class="until-then"><b>{escape(head)}</b> {escape(text)}</p>')


def _ways_on(run: Run) -> None:
    """Buttons: what to do with the network."""
    with st.container(horizontal=True, key="train_outcome"):
        st.button(
            _("Draw with it"),
            type="secondary" if run.active else "primary",
            icon=":material/draw:",
            on_click=_open_on_page,
            args=(run.id, "draw"),
        )
        st.button(
            _("Look inside"), icon=":material/search:", on_click=_open_on_page, args=(run.id, "look_inside")
        )


_TONES = {"good": (st.success, "school"), "warning": (st.warning, "warning"), "bad": (st.error, "error")}


def _review(run: Run) -> RunReview:
    store = lab().store
    try:
        parent = (store.run(run.parent), store.curves(run.parent)) if run.parent else None
    except RunError:  # deleted, or the bundled network
        parent = None
    saved = store.checkpoints(run.id)
    began_at = saved[0].val_accuracy if saved and not saved[0].epoch else None
    return review(
        described(run, lab().catalogue), store.curves(run.id), store.inspection(run.id), parent, began_at
    )


def _try_next(run: Run, found: RunReview, kept: set[int]) -> None:
    """The review's suggestions as buttons: each opens the prefilled form of a fork, or the Build page."""
    for number, each in enumerate(found.suggestions):
        epoch = max(kept) if each.epoch is None or each.epoch not in kept else each.epoch
        st.button(
            str(each.label),
            icon=":material/lightbulb:",
            on_click=open_fork,
            args=(run.id, epoch, each.settings),
            key=f"next_{number}",
        )
    dropped = with_dropout(run.design) if found.dropout else None
    if dropped is not None:
        st.button(
            _("Add Dropout in Build"), icon=":material/lightbulb:", on_click=_open_in_build, args=(dropped,)
        )
    if found.rebuild:
        st.button(
            _("Change the layers in Build"),
            icon=":material/lightbulb:",
            on_click=_open_in_build,
            args=(run.design,),
        )


def _open_on_page(run_id: str, page: str) -> None:
    """Show the network on another page, while it trains as its newest checkpoint has it."""
    saved = lab().store.checkpoints(run_id)
    if not saved:
        st.toast(_("Nothing has been kept of this network yet: try again in a moment."))
        return
    state().model_key = run_id
    if page == "look_inside" and lab().store.run(run_id).active:
        choose_epoch(run_id, saved[-1].epoch)
    go_to(page)


def _open_in_build(design: Design) -> None:
    state().design = design
    go_to("build")
