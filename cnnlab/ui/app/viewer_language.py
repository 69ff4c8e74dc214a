"""The language of a browser tab, from its link, its switch, its cookie or its browser, in this order."""

from __future__ import annotations

import json

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnlab.ground.cache import LruCache
from cnnlab.language import ENGLISH, _, add_language_source, best_of, codes, first_available
from cnnlab.language.catalogues import PSEUDO, own_name

COOKIE = "cnnlab_language"
_SWITCH = "language_switch"
_YEAR = 365 * 24 * 3600  # seconds
_of_session: LruCache[str, str] = LruCache(4096)  # by Streamlit's session id


def choose_language() -> None:
    """Choose the viewer's language; call at the start of a script run, before anything is shown."""
    add_language_source(_session_language)
    wanted = best_of(st.query_params.get("lang", ""))
    _remember(wanted or st.session_state.get("language") or _of_browser())


def language_switch() -> None:
    """Show the language switch in the top bar; the choice is stored in the link and in a cookie."""
    code = st.session_state["language"]
    with st.container(key="language"):
        st.html(_label_style(code) + _cookie_script(code), unsafe_allow_javascript=True)
        st.menu_button(
            _("Language"),
            codes(),
            format_func=own_name,
            key=_SWITCH,
            icon=":material/language:",
            type="tertiary",
            on_click=_switch,
        )


def _label_style(code: str) -> str:
    """The label of the switch: two letters, which fit a phone's top bar."""
    return f"<style>.st-key-language {{ --language-code: '{code[:2].upper()}'; }}</style>"


def _switch() -> None:
    if code := st.session_state[_SWITCH]:
        st.query_params["lang"] = code
        _remember(code)


def _remember(code: str) -> None:
    st.session_state["language"] = code
    if (context := get_script_run_ctx(suppress_warning=True)) is not None:
        _of_session.put(context.session_id, code)


def _of_browser() -> str:
    headers = st.context.headers
    return first_available(st.context.cookies.get(COOKIE, ""), headers.get("Accept-Language", ""))


def _session_language() -> str | None:
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else _of_session.get(context.session_id)


def _cookie_script(code: str) -> str:
    """A script that sets the cookie, and the page's language for screen readers."""
    cookie = f"{COOKIE}={code}; path=/; max-age={_YEAR}; SameSite=Lax"
    spoken = ENGLISH if code == PSEUDO else code
    return (
        f"<script>document.cookie = {json.dumps(cookie)}; "
        f"document.documentElement.lang = {json.dumps(spoken)};</script>"
    )
