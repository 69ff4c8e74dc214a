"""The learning rate over a new run, as text and as a small picture."""

from __future__ import annotations

import streamlit as st

from cnnlab.charts.schedule import schedule_svg, schedule_text
from cnnlab.language import _
from cnnlab.training.config import TrainConfig
from cnnlab.training.schedule_kinds import SCHEDULES, learning_rate_at
from cnnlab.ui.shared.components import Component

_picture = Component("train/schedule")


def show_schedule(config: TrainConfig) -> None:
    """Show the learning rate over the run, unless it is constant."""
    measured = SCHEDULES[config.schedule].measured
    rates = [learning_rate_at(config, step / 200) for step in range(201)]
    if min(rates) == max(rates) and not measured:
        return
    st.caption(schedule_text(rates))
    _picture(key="train_schedule_preview", data=schedule_svg(rates, config.epochs))
    if measured:
        st.caption(_("It falls only where validation stops improving: nobody knows in advance when that is."))
