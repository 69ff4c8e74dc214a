"""No screen shows where the lab's folders lie on this machine; the log and a terminal have whole paths.

A path in the home folder is shown as seen from there (`runs/1a2b/state-00000440.safetensors`), one in the
folder of data sets begins with CNNLAB_DATA, one in the person's own folder with ~.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

from cnnlab.ground.cache import LruCache
from cnnlab.ground.home import Folders
from cnnlab.language import Words, lazy

_ROOT = Path(__file__).parents[3]
_log = logging.getLogger(__name__)


def hiding(where: Folders) -> Callable[[str], str]:
    """A function that shortens the paths in a text; the whole text goes into the log, once."""
    names = _names(where)
    longest_first = sorted(names, key=len, reverse=True)
    anywhere = re.compile(rf"({'|'.join(map(re.escape, longest_first))})(?:([/\\]+)|(?![\w-]))")
    logged: LruCache[str, bool] = LruCache(256)

    def short(found: re.Match[str]) -> str:
        name = names[found[1]]
        if found[2] is None:
            return str(name or lazy("the home folder"))
        return f"{name}{found[2]}" if name else ""

    def change(text: str) -> str:
        if not any(folder in text for folder in longest_first):
            return text
        shown = anywhere.sub(short, text)
        if shown != text and logged.get(text) is None:
            logged.put(text, True)
            _log.warning("%s", text)
        return shown

    return change


def _names(where: Folders) -> dict[str, Words]:
    """What stands for each folder, by its path as it is and as Python quotes it."""
    # Not Path.home(), which fails for a user without a home.
    names: dict[Path | str, Words] = {os.path.expanduser("~"): "~", _ROOT: "cnnlab", where.home: ""}  # noqa: PTH111
    if where.data_folder is not None:
        names[where.data_folder] = "CNNLAB_DATA"
    if Path(where.unused_data).is_absolute():
        names[where.unused_data] = "…"
    spelled = {
        text: name for folder, name in names.items() for text in (str(folder), repr(str(folder))[1:-1])
    }
    return {text: name for text, name in spelled.items() if len(text) > 1}
