"""Menus of entries that are identified by keys, not by their titles.

Streamlit's menus send the picked title and look it up among the current titles: of two equal titles one is
always taken for the other, and after a rename a title may be another entry's. So here no two titles are
equal, and the browser gets the value again whenever the chosen entry's title changes.
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
    **options: Any,
) -> None:
    """A menu that shows `chosen`; `on_pick` is called with the key that a person picks.

    If `chosen` is None, nothing is chosen, and a person may also go back to nothing. `options` are passed to
    Streamlit's selectbox. No two titles may be equal (`distinct`).
    """
    show_value(key, chosen, str(titles.get(chosen, "")) if chosen is not None else "")
    st.selectbox(
        label,
        list(titles),
        format_func=lambda each: str(titles.get(each, each)),
        key=key,
        on_change=_picked,
        args=(key, titles, on_pick),
        **options,
    )


def _picked(key: str, titles: Mapping[K, Words], on_pick: Callable[[K | None], None]) -> None:
    value = st.session_state[key]
    if value is None or value in titles:  # else it is an old title from before a rename: the choice stays
        on_pick(value)


def show_value(key: str, value: Any, title: str) -> None:
    """Before a widget is drawn, have it show the value under its current title.

    Assigning a value that it already shows would overwrite what a person does at that moment.
    """
    shown = f"{key}_shown_as"
    if st.session_state.get(shown) == title:
        set_value(key, value)
    else:
        st.session_state[key] = value
    st.session_state[shown] = title


def distinct(titles: Mapping[K, str], *hints: Callable[[K], str]) -> dict[K, str]:
    """The titles; those that look alike get the first hint added, then the second, ... until they differ."""
    result = dict(titles)
    for hint in hints:
        doubled = _ambiguous(result)
        result = {key: f"{title} · {hint(key)}" if key in doubled else title for key, title in result.items()}
    return result


def _ambiguous(titles: Mapping[K, str]) -> set[K]:
    """The keys of all titles that people cannot tell apart."""
    seen = {key: " ".join(unicodedata.normalize("NFKC", title).split()) for key, title in titles.items()}
    times = Counter(seen.values())
    return {key for key, title in seen.items() if times[title] > 1}


def run_titles(runs: Iterable[Run]) -> dict[str, str]:
    """By id, the title of each run in a menu: older labs gave many the same name."""
    known = {run.id: run for run in runs}

    def created_at(run_id: str) -> str:
        return time.strftime(_("%d %b %Y, %H:%M:%S"), time.localtime(known[run_id].created_at))

    return distinct({run_id: run.name for run_id, run in known.items()}, created_at, str)
