"""Links: a design, with or without its training settings, as a short text for the end of a URL.

`1.` and then base64 of deflated JSON, where the number is the version of the format. Reading one never
allocates more than the maximum size of a design file, whatever the text unpacks to.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from cnnlab.design.design import Design
from cnnlab.design.strict_json import checked_json, design_error
from cnnlab.ground import limits
from cnnlab.ground.errors import ConfigError, DesignError
from cnnlab.language import Words, lazy
from cnnlab.training.config import TrainConfig

PARAMETER = "design"  # in the query of the URL
_VERSION = "1."
_REPAIR = lazy("Ask for the link again, or for the design as a file")


def encode(design: Design, config: TrainConfig | None = None) -> str:
    """Encode a design as text that needs no quoting in a URL."""
    lines = [design.model_dump_json()]
    if config is not None:
        lines.append(config.model_dump_json(exclude_defaults=True))
    packed = zlib.compress("\n".join(lines).encode(), 9)
    return _VERSION + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(text: str) -> tuple[Design, TrainConfig | None]:
    """Decode a link; raises DesignError if it is damaged, too large, or of a newer lab."""
    design, _end, config = _unpack(text.strip()).partition(b"\n")
    return Design.from_json(design), _config(config) if config else None


def from_address(text: str) -> str | None:
    """Return the link in a URL, or in a text that is only a link; None if there is none."""
    text = text.strip()
    if any(sign.isspace() for sign in text):
        return None
    try:
        found = parse_qs(urlsplit(text).query).get(PARAMETER, [""])[0] if "?" in text else text
    except ValueError:
        return None
    head, dot, body = found.partition(".")
    return found if dot and head.isdecimal() and not set(body) - _SIGNS else None


_SIGNS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")


def _unpack(text: str) -> bytes:
    if len(text) > limits.MAX_DESIGN_BYTES:
        most = lazy("at most {most}", most=f"{limits.MAX_DESIGN_BYTES:,}")
        raise _damaged(lazy("it has {count} characters", count=f"{len(text):,}"), most)
    if not text.startswith(_VERSION):
        allowed = lazy("{version} and what follows", version=repr(_VERSION))
        raise _damaged(lazy("it does not begin like a link of this lab"), allowed)
    body = text.removeprefix(_VERSION).rstrip("=")
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        machine = zlib.decompressobj()
        content = machine.decompress(packed, limits.MAX_DESIGN_BYTES + 1)
    except (ValueError, binascii.Error, zlib.error):
        raise _damaged(lazy("it is damaged: a part of it is missing or was changed")) from None
    if len(content) > limits.MAX_DESIGN_BYTES:
        allowed = lazy("{most} bytes", most=f"{limits.MAX_DESIGN_BYTES:,}")
        raise _damaged(lazy("it unpacks to more than a design may have"), allowed)
    if not machine.eof or machine.unused_data:
        raise _damaged(lazy("it is damaged: a part of it is missing or was added"))
    return content


def _damaged(problem: Words, allowed: Words = "") -> DesignError:
    return DesignError(problem, where=lazy("link"), allowed=allowed, repair=_REPAIR)


def _config(text: bytes) -> TrainConfig:
    try:
        return TrainConfig.model_validate_json(checked_json(text, "link"), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part)[:60] for part in first["loc"]) or "settings"
        where = lazy("link, {field}", field=field)
        raise ConfigError(design_error(error).problem, where=where, repair=_REPAIR) from None
