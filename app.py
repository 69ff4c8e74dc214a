"""The lab's server: `streamlit run app.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from cnnlab.ground.errors import LabError
from cnnlab.ground.home import folders_from
from cnnlab.ui.app.guard import Guard, Trust
from cnnlab.ui.app.lab import close_lab, open_lab
from cnnlab.ui.app.page_base import PageBase
from cnnlab.ui.app.preload import Preload
from cnnlab.ui.app.routes import ROUTES
from cnnlab.ui.app.script_errors import show_callback_error, show_script_error
from cnnlab.ui.app.sockets import limit_connections, raise_limit
from cnnlab.ui.app.streamlit_patches import (
    finish_callbacks,
    keep_path_still,
    log_streamlit_too,
    make_loops_on_demand,
    survive_callbacks,
)

TRUST = Trust.from_environment(os.environ)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The lab lives as long as the server: at its end what trains is checkpointed."""
    finish_callbacks()
    survive_callbacks(show_callback_error)
    log_streamlit_too()
    keep_path_still()
    make_loops_on_demand()
    limit_connections(raise_limit(), TRUST.proxies)
    try:
        open_lab(folders_from(os.environ))
    except LabError as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        os._exit(2)  # before the first page; there is nothing to save
    try:
        yield
    finally:
        close_lab()


layers = [
    Middleware(Guard, trust=TRUST, bound=str(st.get_option("server.address") or "")),
    Middleware(Preload),
    Middleware(PageBase),
]
app = st.App(
    "cnnlab/ui/app/main.py",
    routes=ROUTES,
    middleware=layers,
    lifespan=lifespan,
    on_script_error=show_script_error,
)
