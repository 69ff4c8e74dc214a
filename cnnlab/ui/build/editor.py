"""A tab's editor: its design, what can be undone, and how far the browser's edits have been done.

The browser sends every edit with a growing number and repeats it until an answer with that number has
come; here an edit is done once. So none is lost when many come at once, and none is done twice. Edits come
by a route of their own (editor_routes.py), without a run of the page's script: the script of the same tab may
run at that moment, so both take turns.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from cnnlab.convert import link
from cnnlab.design.design import Design, Summary
from cnnlab.design.editing import History, begin, edit, read_edit, replace_design
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError, LabError
from cnnlab.language import Words
from cnnlab.training.config import TrainConfig

Data = dict[str, Any]
_MOST_UNSETTLED = 200  # a browser may send anything
FieldAddress = tuple[Any, Any, Any]  # row, place inside of a block, field: as a browser names them
_KNOWN: WeakValueDictionary[str, Editor] = (
    WeakValueDictionary()
)  # a closed tab's editor goes with its session


@dataclass(eq=False)
class Editor:
    """One tab's editor."""

    history: History
    token: str = field(default_factory=lambda: secrets.token_hex(16))  # nobody can guess another tab's
    version: int = 0  # grows with all that the cards show: an answer that was overtaken is not shown
    done: int = 0
    said: Words | LabError = ""
    note: Words | LabError = ""  # why the last edit was refused, where no field of a card is to blame
    focus: int | None = None
    saved: Design | None = None  # the design as it was last saved or opened here
    notice: tuple[Words, ...] = ()  # what was done to get this design; the next edit takes it away
    trouble: Words | LabError = ""  # what went wrong
    shown: tuple[object, ...] = ()  # `surroundings` when the page was last drawn
    data: str = "digits"  # what the network would learn from, and how: the Train page's form
    config: TrainConfig = field(default_factory=TrainConfig)
    links: deque[str] = field(default_factory=lambda: deque(maxlen=500))  # that stood in this tab's address
    refused: deque[Data] = field(default_factory=lambda: deque(maxlen=20))
    turn: threading.RLock = field(default_factory=threading.RLock)
    unsettled: dict[FieldAddress, DesignError] = field(default_factory=dict)  # why their text was refused

    def __post_init__(self) -> None:
        _KNOWN[self.token] = self

    @classmethod
    def on(cls, design: Design) -> Editor:
        """An editor with a design on it and nothing to undo."""
        return cls(begin(design))

    @property
    def design(self) -> Design:
        """The design as it stands."""
        return self.history.design

    def surroundings(self, summary: Summary) -> tuple[object, ...]:
        """All that the page around the cards shows of the design."""
        design = self.design
        problem = summary.problems[0].text if summary.problems else self.waits()[1]
        return design.name, design.input_shape, design.classes, problem, design == self.saved, self.notice

    def waits(self) -> tuple[int | None, DesignError | None]:
        """Row and reason of a field whose text cannot be used; None where there is none.

        What is seen there is not what the design has, so nothing is trained before it is mended.
        """
        place, reason = next(iter(self.unsettled.items()), ((None,), None))
        return place[0], reason

    def link(self) -> str:
        """The design for the address bar; a link that this tab has had is not opened again."""
        text = link.encode(self.design)
        if not self.links or self.links[-1] != text:
            self.links.append(text)
        return text

    def put(self, design: Design, what: Words) -> None:
        """Another design in place of this one; an undo brings this one back."""
        with self.turn:
            if design != self.design:
                self.history = replace_design(self.history, design, what)
                self._forget_what_is_gone()
                self.said = ""
                self.version += 1

    def open(self, design: Design, what: Words, *notice: Words) -> None:
        """Put another design here, and say in sentences what it is."""
        self.put(design, what)
        self.notice = notice
        self.trouble = ""

    def take(self, message: Any) -> None:
        """Do the edits of a message that are new; whatever else it may hold is ignored."""
        if not isinstance(message, dict) or message.get("editor") != self.token:
            return
        edits = message.get("edits")
        with self.turn:
            for numbered in edits if isinstance(edits, list) else []:
                number = numbered.get("n") if isinstance(numbered, dict) else None
                if isinstance(number, int) and number > self.done:
                    self.done = number
                    self._do({key: value for key, value in numbered.items() if key != "n"})

    def _do(self, sent: Data) -> None:
        self.version += 1
        try:
            self.history, change = edit(self.history, read_edit(sent))
            self.notice = ()
        except DesignError as error:
            place = _place(sent)
            half_typed = sent.get("value") == ""
            self.said = self.said if half_typed else error
            self.note = "" if place["field"] else error
            self.refused.append({"n": self.done, "text": error, **place})
            if place["field"] and len(self.unsettled) < _MOST_UNSETTLED:
                self.unsettled[_key(place)] = error
        else:
            self.said, self.focus, self.note = change.said, change.focus, ""
            self.unsettled.pop(_key(_place(sent)), None)
        self._forget_what_is_gone()

    def _forget_what_is_gone(self) -> None:
        """A card that goes takes its text along; an undo brings it back with the value of the design."""
        ids = self.history.stack.ids
        gone = [place for place in self.unsettled if place[0] is not None and place[0] not in ids]
        for place in gone:
            del self.unsettled[place]


def _key(place: Data) -> FieldAddress:
    return place["row"], place["inside"], place["field"]


def _place(sent: Data) -> Data:
    """The field that an edit was about; `inside` is the place of a layer inside of a block."""
    inner = sent.get("edit")
    if isinstance(inner, dict):
        return {"row": sent.get("id"), "inside": inner.get("id"), "field": inner.get("field", "")}
    return {"row": sent.get("id"), "inside": None, "field": sent.get("field", "")}


def find_editor(token: Any) -> Editor | None:
    """The editor of this token, as long as its tab's session lives."""
    return _KNOWN.get(token) if isinstance(token, str) else None


def file_stem(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^\w-]+", "-", name).strip("-")[: limits.MAX_NAME] or "design"
