"""A tab's editor: its design, what can be undone, and which of the browser's edits have been applied.

The browser numbers its edits and repeats each one until a response confirms its number; here each is applied
once. So no edit is lost when many arrive together, and none is applied twice. Edits arrive by their own route
(editor_routes.py), without a run of the page's script, which may be running at the same time: hence the lock.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from cnnlab.convert import link
from cnnlab.design.design import Design, Summary
from cnnlab.design.editing import History, begin, edit, read_edit, replace_design
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError, LabError
from cnnlab.language import Words, lazy
from cnnlab.training.config import TrainConfig

Data = dict[str, Any]
_MAX_INVALID_FIELDS = 200  # a browser could invent any number of fields
# By token; an editor disappears with the session of its tab.
_EDITORS: WeakValueDictionary[str, Editor] = WeakValueDictionary()


class FieldAddress(NamedTuple):
    """A field of a card, as a browser names it."""

    row: Any  # the row's id; None for the input card
    inside: Any  # the index of a layer inside a block; None for the row itself
    field: Any  # its name; empty for an edit of something else


@dataclass(eq=False)
class Editor:
    """One tab's editor."""

    history: History
    token: str = field(default_factory=lambda: secrets.token_hex(16))  # nobody can guess another tab's
    version: int = 0  # grows with every change of what the cards show, which ignore an older response
    done: int = 0  # the number of the last edit that was applied or refused
    announcement: Words | LabError = ""  # for screen readers: what the last edit did
    note: Words | LabError = ""  # why the last edit was refused, where no field of a card is to blame
    focus: int | None = None  # the id of the row that the last edit leads to
    saved: Design | None = None  # the design as it was last saved or opened here
    notice: tuple[Words, ...] = ()  # where this design comes from; removed by the next edit
    error: Words | LabError = ""  # what went wrong, to be shown once
    shown_surroundings: tuple[object, ...] = ()  # as of the last run of the page's script
    data: str = "digits"  # the data set and the settings in the Train page's form
    config: TrainConfig = field(default_factory=TrainConfig)
    links: deque[str] = field(default_factory=lambda: deque(maxlen=500))  # that this tab has had in its URL
    refused: deque[Data] = field(default_factory=lambda: deque(maxlen=20))
    lock: threading.RLock = field(default_factory=threading.RLock)
    invalid_fields: dict[FieldAddress, DesignError] = field(default_factory=dict)  # and why each was refused

    def __post_init__(self) -> None:
        _EDITORS[self.token] = self

    @classmethod
    def of(cls, design: Design) -> Editor:
        """An editor of a design, with nothing to undo."""
        return cls(begin(design))

    @property
    def design(self) -> Design:
        """The current design."""
        return self.history.design

    def surroundings(self, summary: Summary) -> tuple[object, ...]:
        """Everything that the page around the cards shows of the design."""
        design = self.design
        problem = summary.problems[0].text if summary.problems else self.invalid_field()[1]
        return design.name, design.input_shape, design.classes, problem, design == self.saved

    def invalid_field(self) -> tuple[int | None, DesignError | None]:
        """The row of a field with an invalid text, and what is wrong with it; (None, None) if there is none.

        The text on the screen is not the value in the design, so nothing can be trained before it is fixed.
        """
        for address, reason in self.invalid_fields.items():
            return address.row, reason
        return None, None

    def link(self) -> str:
        """The design for the address bar; the page does not open a link that this tab has had."""
        text = link.encode(self.design)
        if not self.links or self.links[-1] != text:
            self.links.append(text)
        return text

    def replace(self, design: Design, what: Words) -> None:
        """Replace the design with another one; an undo restores it. `what` was done, for the undo button."""
        with self.lock:
            if design != self.design:
                self.history = replace_design(self.history, design, what)
                self._forget_removed_rows()
                self.announcement = ""
                self.version += 1

    def open(self, design: Design, what: Words, *notice: Words) -> None:
        """Replace the design, and show where the new one comes from, in one or more sentences."""
        self.replace(design, what)
        self.notice = notice
        self.error = ""

    def open_named(self, design: Design, name: Words, *remarks: Words) -> None:
        """Replace the design with one from a menu or a file, and say so, with remarks about it."""
        opened = lazy("Opened {name}. Undo brings back what was here before.", name=name)
        self.open(design, lazy("open {name}", name=name), opened, *remarks)

    def apply(self, message: Any) -> None:
        """Apply the new edits of a message from a browser; anything else in it is ignored."""
        if not isinstance(message, dict) or message.get("editor") != self.token:
            return
        edits = message.get("edits")
        with self.lock:
            for numbered in edits if isinstance(edits, list) else []:
                number = numbered.get("n") if isinstance(numbered, dict) else None
                if isinstance(number, int) and number > self.done:
                    self.done = number
                    self._apply({key: value for key, value in numbered.items() if key != "n"})

    def _apply(self, sent: Data) -> None:
        self.version += 1
        try:
            self.history, change = edit(self.history, read_edit(sent))
            self.notice = ()
        except DesignError as error:
            address = _address(sent)
            partially_typed = sent.get("value") == ""
            self.announcement = self.announcement if partially_typed else error
            self.note = "" if address.field else error
            self.refused.append({"n": self.done, "text": error, **address._asdict()})
            if address.field and len(self.invalid_fields) < _MAX_INVALID_FIELDS:
                self.invalid_fields[address] = error
        else:
            self.announcement, self.focus, self.note = change.announcement, change.focus, ""
            self.invalid_fields.pop(_address(sent), None)
        self._forget_removed_rows()

    def _forget_removed_rows(self) -> None:
        """Forget invalid texts together with their rows: an undo restores a row with the design's values."""
        ids = self.history.stack.ids
        removed = [each for each in self.invalid_fields if each.row is not None and each.row not in ids]
        for address in removed:
            del self.invalid_fields[address]


def _address(sent: Data) -> FieldAddress:
    """The field that an edit is about."""
    row, inner = _scalar(sent.get("id")), sent.get("edit")
    if isinstance(inner, dict):
        return FieldAddress(row, _scalar(inner.get("id")), _scalar(inner.get("field", "")))
    return FieldAddress(row, None, _scalar(sent.get("field", "")))


def _scalar(value: Any) -> Any:
    """A number or a text as a browser sent it; None for anything else, which may not be hashable."""
    return value if isinstance(value, int | str) else None


def find_editor(token: Any) -> Editor | None:
    """The editor with this token, if the session of its tab still exists."""
    return _EDITORS.get(token) if isinstance(token, str) else None


def file_stem(name: str) -> str:
    """A file name, without suffix, that is valid in every file system."""
    return re.sub(r"[^\w-]+", "-", name).strip("-")[: limits.MAX_NAME] or "design"
