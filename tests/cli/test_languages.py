"""The command line in the viewer's language, and what programs read in English."""

from __future__ import annotations

import json
import re

import pytest

from cnnlab.cli.main import COMMANDS, main
from cnnlab.language import speaking
from cnnlab.language.catalogues import PSEUDO


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_is_in_the_viewers_language(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """All except names of commands, options and values."""
    with speaking(PSEUDO), pytest.raises(SystemExit):
        main([*([name] if name else []), "--help"])
    text = capsys.readouterr().out
    assert text.startswith("[usage: ")
    words = ("show this help", "options:", "one JSON object", "folder of runs", "Epochs", "a run's id")
    assert [each for each in words if re.search(rf"(?<!\[){each}", text)] == []
    if name:
        assert f"[{COMMANDS[name].about}"[:20] in text


def test_a_usage_error_is_in_the_viewers_language(capsys: pytest.CaptureFixture[str]) -> None:
    """Including argparse's own messages."""
    with speaking(PSEUDO), pytest.raises(SystemExit):
        main(["summary"])
    assert "[the following arguments are required" in capsys.readouterr().err


def test_what_programs_read_stays_english(capsys: pytest.CaptureFixture[str]) -> None:
    """It must not depend on the viewer's language."""
    with speaking(PSEUDO), pytest.raises(SystemExit):
        main(["presets", "--json"])
    assert "[" not in json.loads(capsys.readouterr().out.splitlines()[0])["about"]
