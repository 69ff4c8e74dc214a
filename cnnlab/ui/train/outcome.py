"""How a run ended, in words, and where to go from here."""

from __future__ import annotations

import streamlit as st

from cnnlab.charts.review_case import RunReview
from cnnlab.charts.run_review import review, with_dropout
from cnnlab.design.design import Design
from cnnlab.ground.errors import RunError
from cnnlab.language import _, sentences
from cnnlab.runs.learned_data import described
from cnnlab.runs.records import Run
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.navigation import leave_for
from cnnlab.ui.app.state import state
from cnnlab.ui.shared.markdown import escape_markdown
from cnnlab.ui.train.steering import open_fork


def outcome(run: Run) -> None:
    """How it ended, in words, and where to go from here."""
    if run.message:
        show = st.error if run.state == "failed" else st.warning
        show(
            escape_markdown(str(run.message)),
            icon=":material/error:" if run.state == "failed" else ":material/info:",
        )
    if run.active:
        return
    if run.progress.batches:
        words = _verdict(run)
        rest = escape_markdown(sentences(filter(None, (words.finding, words.advice))))
        show, icon = _TONES[words.tone]
        show(f"**{escape_markdown(words.result)}** {rest}".rstrip(), icon=f":material/{icon}:")
    else:
        words = None
    if saved := lab().store.checkpoints(run.id):
        with st.container(horizontal=True, key="train_outcome"):
            st.button(
                _("Draw with it"),
                type="primary",
                icon=":material/draw:",
                on_click=_take_along,
                args=(run.id, "draw"),
            )
            st.button(
                _("Look inside"),
                icon=":material/search:",
                on_click=_take_along,
                args=(run.id, "look_inside"),
            )
            if words is not None:
                _try_next(run, words, {each.epoch for each in saved})


_TONES = {"good": (st.success, "school"), "warning": (st.warning, "warning"), "bad": (st.error, "error")}


def _verdict(run: Run) -> RunReview:
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


def _try_next(run: Run, words: RunReview, kept: set[int]) -> None:
    """What the verdict proposes, as buttons: each opens the form of a fork, filled in, or the Build page."""
    for place, each in enumerate(words.nexts):
        epoch = max(kept) if each.epoch is None or each.epoch not in kept else each.epoch
        st.button(
            str(each.label),
            icon=":material/lightbulb:",
            on_click=open_fork,
            args=(run.id, epoch, each.settings),
            help=_("Fork from epoch {epoch}: the form opens above, filled in.", epoch=epoch),
            key=f"next_{place}",
        )
    dropped = with_dropout(run.design) if words.dropout else None
    if dropped is not None:
        st.button(
            _("Add Dropout in Build"), icon=":material/lightbulb:", on_click=_take_to_build, args=(dropped,)
        )
    if words.rebuild:
        st.button(
            _("Change the layers in Build"),
            icon=":material/lightbulb:",
            on_click=_take_to_build,
            args=(run.design,),
        )


def _take_along(run_id: str, page: str) -> None:
    state().model_key = run_id
    leave_for(page)


def _take_to_build(design: Design) -> None:
    state().design = design
    leave_for("build")
