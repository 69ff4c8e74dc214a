"""The review of a run that has ended, and what to do next."""

from __future__ import annotations

import streamlit as st

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
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.train.steering import open_fork


def outcome(run: Run) -> None:
    """Show the run's notes, how it ended, its review, and what to do next."""
    for note in run.notes:
        st.warning(escape_markdown(str(note)), icon=":material/history:")
    if run.message:
        show = st.error if run.state == "failed" else st.warning
        show(
            escape_markdown(as_shown(run.message)),
            icon=":material/error:" if run.state == "failed" else ":material/info:",
        )
    if run.active:
        return
    if run.progress.batches:
        found = _review(run)
        rest = escape_markdown(sentences(filter(None, (found.finding, found.advice))))
        show, icon = _TONES[found.tone]
        show(f"**{escape_markdown(found.result)}** {rest}".rstrip(), icon=f":material/{icon}:")
    else:
        found = None
    if saved := lab().store.checkpoints(run.id):
        with st.container(horizontal=True, key="train_outcome"):
            st.button(
                _("Draw with it"),
                type="primary",
                icon=":material/draw:",
                on_click=_open_on_page,
                args=(run.id, "draw"),
            )
            st.button(
                _("Look inside"),
                icon=":material/search:",
                on_click=_open_on_page,
                args=(run.id, "look_inside"),
            )
            if found is not None:
                _try_next(run, found, {each.epoch for each in saved})


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
            help=_("Fork from epoch {epoch}: the form opens above, filled in.", epoch=epoch),
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
    state().model_key = run_id
    go_to(page)


def _open_in_build(design: Design) -> None:
    state().design = design
    go_to("build")
