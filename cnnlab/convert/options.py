"""Default values of a script's command-line options.

Supported are argparse, click, typer and absl's flags. An option without a default is `Opaque`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cnnlab.convert.branches import Branches
from cnnlab.convert.values import Call, Items, Opaque, Record

_SAME = ("add_argument_group", "add_mutually_exclusive_group")
_PARSED = ("parse_args", "parse_known_args", "parse_intermixed_args")
OPTIONS = ("option", "argument", "Option", "Argument", "Field", "field")


class Parser(Record):
    """An ArgumentParser and, after parse_args, its result."""


def parser_method(parser: Parser, call: Call, branches: Branches) -> Any:
    """Evaluate parser.name(...)."""
    if call.name == "add_argument":
        names = [name for name in call.args if isinstance(name, str)]
        attribute = _attribute_name(names, call.kwargs.get("dest"))
        if attribute is not None:
            branches.put(parser.fields, attribute, _default(call, f"args.{attribute}"))
    elif call.name == "set_defaults":
        for name, value in call.kwargs.items():
            branches.put(parser.fields, name, value)
    elif call.name in _SAME:
        return parser
    elif call.name in _PARSED:
        _parse_line(parser, call.argument(0, "args"), branches)
        return parser if call.name != "parse_known_args" else (parser, Items())
    return Opaque(None, call.name)


def _attribute_name(names: list[str], dest: Any) -> str | None:
    """Return the attribute for an argument: its `dest`, else that of its first long name."""
    if isinstance(dest, str):
        return dest
    long = [name for name in names if name.startswith("--")] or names
    return long[0].lstrip("-").replace("-", "_") if long else None


def _default(call: Call, name: str) -> Any:
    action = call.kwargs.get("action")
    if "default" not in call.kwargs:
        usual = {"store_true": False, "store_false": True}
        return usual.get(action, Opaque(None, name)) if isinstance(action, str) else Opaque(None, name)
    return _converted(call.kwargs["default"], call.kwargs.get("type"))


def _converted(value: Any, kind: Any) -> Any:
    """Convert a default that is a string to the argument's type, as argparse does."""
    name = kind.name if isinstance(kind, Opaque) else ""
    if not isinstance(value, str) or name not in ("int", "float"):
        return value
    try:
        return int(value) if name == "int" else float(value)
    except ValueError:
        return value


def _parse_line(parser: Parser, line: Any, branches: Branches) -> None:
    """Apply a command line in the text: parse_args(['--lr', '0.1'])."""
    words = line.split() if isinstance(line, str) else line if isinstance(line, list | tuple) else []
    for name, value in zip(words, words[1:], strict=False):
        if not isinstance(name, str) or not name.startswith("-") or not isinstance(value, str):
            continue
        attribute = _attribute_name([name], None)
        if attribute in parser.fields:
            before = parser.fields[attribute]
            kind = "int" if type(before) is int else "float"
            branches.put(parser.fields, attribute, _converted(value, Opaque(None, kind)))


def decorated_defaults(function: ast.FunctionDef, value: Callable[[ast.expr], Any]) -> dict[str, Any]:
    """Return the defaults in decorators such as @click.option('--lr', default=0.1), by parameter."""
    found: dict[str, Any] = {}
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        name = decorator.func.attr if isinstance(decorator.func, ast.Attribute) else ""
        if name in ("option", "argument"):
            call = value(decorator)
            if isinstance(call, Call) and "default" in call.kwargs:
                names = [word for word in call.args if isinstance(word, str)]
                plain = [word for word in names if not word.startswith("-")]
                attribute = _attribute_name(plain or names, None)
                if attribute is not None:
                    found[attribute.lower()] = _converted(call.kwargs["default"], call.kwargs.get("type"))
    return found


def field_default(value: Any) -> Any:
    """Return the default in dataclasses.field(default=...), typer.Option(...) or pydantic's Field(...)."""
    if not isinstance(value, Call) or value.name not in OPTIONS:
        return value
    if "default_factory" in value.kwargs:
        return value.kwargs["default_factory"]
    return value.argument(-1 if value.name == "field" else 0, "default")


def defined_flag(call: Call, flags: Record, branches: Branches) -> bool:
    """Record DEFINE_float('lr', 0.1, 'help'); return whether the call was one."""
    if not call.name.startswith("DEFINE_"):
        return False
    name, value = call.argument(0, "name"), call.argument(1, "default", "default_value")
    if isinstance(name, str) and value is not None:
        branches.put(flags.fields, name, value)
    return True
