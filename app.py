"""The lab's server: `streamlit run app.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from cnnlab.errors import LabError
from cnnlab.home import places
from cnnlab.ui import api, bench_api, hand_api, live, pad_api, scripts
from cnnlab.ui.clicks import finish_callbacks
from cnnlab.ui.imports import keep_path_still
from cnnlab.ui.lab import close_lab, open_lab


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The lab lives as long as the server: at its end what trains is checkpointed."""
    finish_callbacks()
    keep_path_still()
    try:
        open_lab(places(os.environ))
    except LabError as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        os._exit(2)  # before the first page; there is nothing to save
    try:
        yield
    finally:
        close_lab()


ROUTES = [*api.routes, *pad_api.routes, *hand_api.routes, *bench_api.routes, *live.routes, *scripts.routes]

app = st.App("cnnlab/ui/main.py", routes=ROUTES, lifespan=lifespan)
