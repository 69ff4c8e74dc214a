"""Menus in which keys decide, not the texts that stand for them.

Streamlit's menus send the text that was picked, and look it up among the texts of today: of two that read
alike one is always taken for the other, and after a rename a text may be another entry's. So here no two
entries read alike, and the browser is told anew whenever the chosen one reads differently.
"""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import streamlit as st

from cnnlab.language import Words, _
from cnnlab.runs.records import Run
from cnnlab.ui.shared.widgets import set_value

K = TypeVar("K")


def menu(
    label: str,
    titles: Mapping[K, Words],
    chosen: K | None,
    *,
    key: str,
    on_pick: Callable[[K | None], None],
    **look: Any,
) -> None:
    """A menu that shows `chosen`; `on_pick` is called with the key that a person picks, with nothing else.

    Where `chosen` is None nothing is chosen, and a person may also go back to nothing. `look` goes to
    Streamlit's selectbox. No two titles may be equal (`distinct`).
    """
    show(key, chosen, str(titles.get(chosen, "")) if chosen is not None else "")
    st.selectbox(
        label,
        list(titles),
        format_func=lambda each: str(titles.get(each, each)),
        key=key,
        on_change=_picked,
        args=(key, titles, on_pick),
        **look,
    )


def _picked(key: str, titles: Mapping[K, Words], on_pick: Callable[[K | None], None]) -> None:
    value = st.session_state[key]
    if value is None or value in titles:  # else a text that was overtaken by a rename: what was chosen stays
        on_pick(value)


def show(key: str, value: Any, title: str) -> None:
    """Before a widget is drawn: have it show the value, under the title that it has now.

    Assigning the value that it shows already would overwrite what a person does at that moment.
    """
    shown = f"{key}_shown_as"
    if st.session_state.get(shown) == title:
        set_value(key, value)
    else:
        st.session_state[key] = value
    st.session_state[shown] = title


def distinct(titles: Mapping[K, str], *hints: Callable[[K], str]) -> dict[K, str]:
    """The titles, and behind those that read alike the first hint, the second, ... until they differ."""
    told = dict(titles)
    for hint in hints:
        doubled = _doubled(told)
        told = {key: f"{title} · {hint(key)}" if key in doubled else title for key, title in told.items()}
    return told


def _doubled(titles: Mapping[K, str]) -> set[K]:
    """The keys of all titles that a person cannot tell apart."""
    read = {key: " ".join(unicodedata.normalize("NFKC", title).split()) for key, title in titles.items()}
    times = Counter(read.values())
    return {key for key, title in read.items() if times[title] > 1}


def run_titles(runs: Iterable[Run]) -> dict[str, str]:
    """By id, what each run is called in a menu: older labs gave many the same name."""
    known = {run.id: run for run in runs}

    def made(run_id: str) -> str:
        return time.strftime(_("%d %b %Y, %H:%M:%S"), time.localtime(known[run_id].created_at))

    return distinct({run_id: run.name for run_id, run in known.items()}, made, str)
