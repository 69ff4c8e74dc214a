"""No import fails because a page begins at that moment.

For the time of each script run Streamlit 1.67 puts the folder of the page list in front of `sys.path`, and
takes it out again. An import in another thread that walks along the path meanwhile passes over an entry: of
torch, in the warm-up, it then says that there is no such module, and the lab never wakes up. A folder that
is on the path already is left where it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

PAGE_LIST = Path(__file__).with_name("main.py")


def keep_path_still() -> None:
    """Once in a server, before its first page: the folder then stands at the path's end."""
    folder = str(PAGE_LIST.parent)
    if folder not in sys.path:
        sys.path.append(folder)
