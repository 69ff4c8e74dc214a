"""Finding Python in a text and parsing it into syntax trees. Nothing is ever executed.

An article's code may be surrounded by prose, prompts, line numbers or Markdown fences, or have a word
processor's quotation marks. Python statements are found line by line and keep their line numbers.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, replace

from cnnlab.convert.locations import line_name, unread_line
from cnnlab.ground import limits
from cnnlab.ground.errors import DesignError
from cnnlab.language import Words, lazy

_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.|In ?\[\d*\]:|\.\.\.:)(?: |$)")
_NUMBERED = re.compile(r"^[ \t]*\d{1,5}[.:|)]?(?:[ \t]|$)")
_NO_CODE = re.compile(r"^[ \t]*(?:```|~~~|[%!?]|Out ?\[\d*\]:)")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\r"), None) | {0xA0: " ", 0x3000: " "}
_TYPESET = str.maketrans("“”„‘’（），：＝［］", '"""\'\'(),:=[]')
_TEXT_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|#.*')
_COMPOUND = re.compile(
    r"^(?:async |class |def |for |while |if |elif |else\b|try\b|except\b|finally\b|with |@)"
)
_CONTINUED = re.compile(r"^(?:elif |else\b|except\b|finally\b)")
_ABOUT_NETWORKS = re.compile(r"Sequential|\.add\(|layers\.|\.compile\(|\.fit\(|\bnn\.|Conv2|Dense|Linear")
# A line that creates a network or a part of it, or adds to it.
_MAKES = re.compile(
    r"^[ \t]*(?:class \w+\(|return\b|[\w.\[\], ]+[+]?=(?!=)"
    r"|[\w.]+\.(?:add|append|extend|insert|add_module)\()"
)
_OF_NETWORK = re.compile(
    r"Sequential|\.add\(|layers\.|\bnn\.|Module\b|Model\b|Conv\w*2|Dense\(|Linear\(|Pool\w*2|Flatten\(|Dropout|Batch\w*Norm|Activation\("
)
_TRAINS = re.compile(r"\.(?:compile|fit|fit_generator|evaluate)\(|Loss\(|\boptim")
_MAX_LINES = 300  # of one statement
_MAX_WORK = 20_000  # lines visited, which may be many times the number of lines if the text is broken


@dataclass(frozen=True, slots=True)
class Source:
    """The statements that were found, and remarks on lines that look like code but are not."""

    statements: tuple[ast.stmt, ...]
    remarks: tuple[Words, ...]
    text: str = ""


def read_source(text: str) -> Source:
    """Read every statement in a text; raises DesignError if the text is too large or too broken."""
    require_size(text)
    lines = _without_numbers([_clean(line) for line in text.translate(_INVISIBLE).split("\n")])
    whole = _parse("\n".join(lines))
    if whole is not None:
        return Source(tuple(whole), (), text)
    return replace(_Search(lines).result(), text=text)


def require_size(text: str) -> None:
    """Refuse a text that is too large, before it is processed."""
    size = len(text.encode(errors="replace"))
    if size > limits.MAX_DESIGN_BYTES:
        raise DesignError(
            lazy("the text has {size} bytes", size=f"{size:,}"),
            allowed=lazy("at most {most} bytes", most=f"{limits.MAX_DESIGN_BYTES:,}"),
            repair=lazy("Paste only the part that defines the network"),
        )


def _clean(line: str) -> str:
    if _NO_CODE.match(line):
        return ""
    return _PROMPT.sub("", line).rstrip()


def _without_numbers(lines: list[str]) -> list[str]:
    """Remove a column of line numbers, if nearly all lines have one."""
    filled = [line for line in lines if line.strip()]
    numbered = sum(bool(_NUMBERED.match(line)) for line in filled)
    if numbered < 3 or numbered < 0.8 * len(filled):
        return lines
    return [_NUMBERED.sub("", line) for line in lines]


def _parse(text: str) -> list[ast.stmt] | None:
    """Parse a text that is entirely Python; None for any other."""
    try:
        return _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _parsed(text: str) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd escapes and comparisons in other people's code
        return ast.parse(text).body


class _Search:
    """Searches for statements from top to bottom; one that cannot be parsed costs only one line."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._plain = [_TEXT_OR_COMMENT.sub("", line.translate(_TYPESET)) for line in lines]
        self._depths = [_opened(line) for line in self._plain]
        self._work = 0
        self._statements: list[ast.stmt] = []
        self._remarks: list[Words] = []

    def result(self) -> Source:
        at = 0
        while at < len(self._lines):
            at = self._step(at)
        return Source(tuple(self._statements), tuple(self._remarks))

    def _step(self, at: int) -> int:
        """Parse the statement that begins here, if there is one; return the line after it."""
        if not self._lines[at].strip():
            return at + 1
        end = self._end(at)
        block = self._block(at, end)
        found = _parse(block)
        if found is None:
            found = _parse(block.translate(_TYPESET))
        if found is None:
            self._require_no_network(at, block)
            self._remark(at)
            return at + 1
        for statement in found:
            self._statements.append(ast.increment_lineno(statement, at))
        return end

    def _block(self, at: int, end: int) -> str:
        indent = _indent(self._lines[at])
        return "\n".join(line[indent:] if not line[:indent].strip() else line for line in self._lines[at:end])

    def _end(self, at: int) -> int:
        """Return the line after the statement, where brackets are closed and an indented block is over."""
        first = self._plain[at]
        end = self._closed(at)
        if not _COMPOUND.match(first.lstrip()):
            return end
        indent = _indent(first)
        while end < min(len(self._lines), at + _MAX_LINES):
            self._count_work()
            line = self._plain[end]
            outside = line.strip() and _indent(line) <= indent
            if outside and not _CONTINUED.match(line.lstrip()) and not first.lstrip().startswith("@"):
                break
            end, first = (self._closed(end), line) if outside else (end + 1, first)
        return end

    def _closed(self, at: int) -> int:
        """Return the line after the one that closes every bracket opened here."""
        depth = 0
        for end in range(at, min(len(self._lines), at + _MAX_LINES)):
            self._count_work()
            depth += self._depths[end]
            if depth <= 0 and not self._plain[end].endswith("\\"):
                return end + 1
        return at + 1

    def _count_work(self) -> None:
        self._work += 1
        if self._work > _MAX_WORK:
            problem = lazy("there is too much in it that is not Python")
            raise DesignError(problem, repair=lazy("Paste only the code"))

    def _require_no_network(self, at: int, block: str) -> None:
        """Refuse a broken statement that creates or changes a network, which would be wrong without it."""
        reason: Words
        first = self._plain[at]
        if not _MAKES.match(first) or not _OF_NETWORK.search(first) or _TRAINS.search(first):
            return
        line, reason, unclosed = at + 1, lazy("it ends too early"), False
        try:
            _parsed(block.translate(_TYPESET))
        except SyntaxError as error:
            message = re.sub(r" on line \d+", "", error.msg)
            line, reason, unclosed = at + (error.lineno or 1), message, "never closed" in message
        except (ValueError, RecursionError, MemoryError):
            pass
        raise DesignError(
            lazy("this is not complete Python ({reason}), and it belongs to a network", reason=reason),
            where=line_name(line),
            repair=lazy("A closing bracket is missing") if unclosed else lazy("Fix the line"),
        )

    def _remark(self, at: int) -> None:
        if len(self._remarks) < 5 and _ABOUT_NETWORKS.search(self._plain[at]):
            shown = self._lines[at].strip()[:60]
            self._remarks.append(unread_line(at + 1, shown))


def _opened(line: str) -> int:
    """Return how many more brackets a line opens than it closes."""
    return sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
