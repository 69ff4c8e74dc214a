"""The routes of the layer cards, which do not run Streamlit's script. All are POST.

Bodies are JSON with "editor", the tab's token. If it is no longer known (the server was restarted), the
response is 404, and the page requests its current editor.

/api/editor/edit        edits: [...]                  what the cards show (layer_stack.editor_data)
/api/editor/picture     width, dark, page, row        {"svg", "file", ...}: the network, or a row's inside
/api/editor/thumbnails  tab, source, number, weights, maps  packed (thumbnails.py, binary.py)
/api/editor/trace       as for thumbnails, and trace  packed (trace_data.py): of the number ROW:CHANNEL:Y:X
/api/editor/time        -                             {"time"}: of an epoch, measured now (epoch_time.py)
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cnnlab.charts.network import WIDTHS, block_svg, network_svg
from cnnlab.data import class_words
from cnnlab.design.design import summarize
from cnnlab.design.editing import Stack
from cnnlab.language import lazy
from cnnlab.ui.app.lab import lab
from cnnlab.ui.app.loaded_models import require_awake
from cnnlab.ui.build.editor import Editor, file_stem, find_editor
from cnnlab.ui.build.epoch_time import time_data, times
from cnnlab.ui.build.layer_stack import editor_data
from cnnlab.ui.build.thumbnails import ThumbnailQuery, previewed, thumbnails
from cnnlab.ui.draw.traced_cell import TracedCell
from cnnlab.ui.shared.binary import pack
from cnnlab.ui.shared.http import Handler, Refusal, on_thread, packed, post_routes, read_json

MAX_BYTES = 64 * 1024

_editors = ThreadPoolExecutor(2, thread_name_prefix="editor")
_painters = ThreadPoolExecutor(1, thread_name_prefix="thumbnails")  # one thread, so one torch thread in all
_timers = ThreadPoolExecutor(2, thread_name_prefix="epoch-time")  # they wait; only one measures
Answer = Callable[[Editor, dict[str, Any]], Response]


def _edit(editor: Editor, body: dict[str, Any]) -> Response:
    editor.apply(body)
    return JSONResponse(editor_data(editor))


def _picture(editor: Editor, body: dict[str, Any]) -> Response:
    given = body.get("width")
    width = given if isinstance(given, int) else WIDTHS[1]
    dark, on_page = bool(body.get("dark")), bool(body.get("page"))
    with editor.lock:
        stack, version = editor.history.stack, editor.version
    if body.get("row") is None:
        svg = network_svg(stack.design, width=width, dark=dark, on_page=on_page)
    else:
        svg = _block_picture(stack, body["row"], width, dark)
    file = file_stem(stack.design.name)
    classes = _classes(editor)
    return JSONResponse({"svg": svg, "file": file, "version": version, "rows": stack.ids, "classes": classes})


def _classes(editor: Editor) -> list[str]:
    """The classes that the design's outputs stand for; empty if its data set has another number of them."""
    catalogue = lab().catalogue
    names = catalogue.describe(editor.data).classes if editor.data in catalogue else ()
    return [str(class_words(name)) for name in names] if len(names) == editor.design.classes else []


def _block_picture(stack: Stack, row_id: Any, width: int, dark: bool) -> str:
    """The inside of the block in this row; empty if the row is not a block or does not work."""
    if row_id not in stack.ids:
        return ""
    row = summarize(stack.design).rows[stack.row(row_id)]
    if row.output_shape is None or row.input_shape is None or row.layer.join is None:
        return ""
    return block_svg(row.layer, row.input_shape, width=width, dark=dark)


def _thumbnails(editor: Editor, body: dict[str, Any]) -> Response:
    require_awake()
    return packed(thumbnails(editor.design, ThumbnailQuery.read(body)))


def _trace(editor: Editor, body: dict[str, Any]) -> Response:
    """How a number of the strips came about: of the same network and the same picture."""
    require_awake()
    from cnnlab.ui.shared.trace_data import recording_of, trace_data

    cell = TracedCell.parse(str(body.get("trace", "")))
    design = editor.design
    network, picture = previewed(design, ThumbnailQuery.read(body))
    is_whole = network.design.layers == design.layers
    classes = network.classes or (_classes(editor) if is_whole else ())
    return packed(pack(trace_data(recording_of(network, picture), *cell, classes)))


def _time(editor: Editor, body: dict[str, Any]) -> Response:
    return JSONResponse({"time": time_data(times.measure(editor.design, editor.data, editor.config))})


def _handler(answer: Answer, pool: ThreadPoolExecutor) -> Handler:
    """A handler that finds the editor and answers on a thread of the pool."""

    async def handle(request: Request) -> Response:
        body = await read_json(request, lazy("A question"), MAX_BYTES)
        editor = find_editor(body.get("editor"))
        if editor is None:
            raise Refusal(404, lazy("This tab's editor is gone: the server was restarted."))
        return await on_thread(pool, answer, editor, body)

    return handle


routes = post_routes(
    {
        "/api/editor/edit": _handler(_edit, _editors),
        "/api/editor/picture": _handler(_picture, _editors),
        "/api/editor/thumbnails": _handler(_thumbnails, _painters),
        "/api/editor/trace": _handler(_trace, _painters),
        "/api/editor/time": _handler(_time, _timers),
    }
)
