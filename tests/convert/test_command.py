"""`python -m cnnlab convert`: from any format to any other, in files and through pipes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from cnnlab.cli.main import main
from cnnlab.convert import KINDS, read_design
from cnnlab.design.design import Design
from cnnlab.design.presets import preset
from tests.convert import articles


def convert(*arguments: object) -> int:
    """Run the command and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["convert", *map(str, arguments)])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_any_format_becomes_any_other(first: str, second: str, tmp_path: Path) -> None:
    """A preset is unchanged after two conversions."""
    one, other = tmp_path / "one", tmp_path / "other"
    assert convert("lenet-5", one, "--to", first) == 0
    assert convert(one, other, "--to", second) == 0
    assert read_design(other.read_text(encoding="utf-8")).design == preset("lenet-5").design


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("design.json", "{"),
        ("network.py", '"""A network in PyTorch'),
        ("link.txt", "1."),
        ("Network.PY", '"""A network in PyTorch'),
    ],
)
def test_the_suffix_decides_the_format(name: str, beginning: str, tmp_path: Path) -> None:
    """.py is PyTorch unless --to says otherwise."""
    assert convert("article-1", tmp_path / name) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)


def test_an_article_becomes_a_script_with_its_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Epochs and batch size are the article's; warnings about its mistakes are on stderr."""
    (tmp_path / "article.md").write_text(articles.ARTICLE_4, encoding="utf-8")
    assert convert(tmp_path / "article.md", "-", "--to", "pytorch") == 0
    output = capsys.readouterr()
    assert "EPOCHS = 10\nBATCH_SIZE = 128\n" in output.out
    assert "the test data serve as validation data" in output.err
    assert len(output.err.splitlines()) == 2


def test_leaving_out_the_training_settings_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is dropped silently."""
    (tmp_path / "article.md").write_text(articles.ARTICLE_0, encoding="utf-8")
    assert convert(tmp_path / "article.md", tmp_path / "design.json") == 0
    assert "a design file holds no training settings" in capsys.readouterr().err


def test_a_pipe_and_a_link(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """- is standard input or output; a link is accepted instead of a file."""
    assert convert("article-5", "-", "--to", "link") == 0
    address = f"https://lab.example/build?design={capsys.readouterr().out.strip()}"
    assert convert(address, "-", "--to", "json") == 0
    text = capsys.readouterr().out
    assert Design.from_json(text) == preset("article-5").design
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert convert("-", "-", "--to", "keras") == 0
    assert "keras.Sequential(" in capsys.readouterr().out


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
def test_a_file_in_another_encoding(coding: str, tmp_path: Path) -> None:
    """Editors on Windows write UTF-16 and byte order marks; code survives even if other letters do not."""
    (tmp_path / "article.txt").write_bytes(articles.ARTICLE_0.encode(coding))
    assert convert(tmp_path / "article.txt", tmp_path / "design.json") == 0
    written = Design.from_json((tmp_path / "design.json").read_text(encoding="utf-8"))
    assert written.layers == preset("article-1").design.layers


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (
            ("nowhere.py", "x.json"),
            "nowhere.py: it cannot be read (No such file or directory). Allowed: a file",
        ),
        (("article-1", "x"), "what to write is not clear from the name of the file"),
        (("article-1", "no/such/x.json"), "the file cannot be written (No such file or directory)"),
        (("article-1", "x.json", "--to", "onnx"), "invalid choice: 'onnx'"),
        (("1.damaged", "x.json"), "link: it is damaged"),
        (("a\0b", "x.json"), "it cannot be read (embedded null byte)"),
    ],
)
def test_errors_are_one_line(
    arguments: tuple[str, ...],
    output: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They are on stderr, with exit status 2, and leave no file."""
    monkeypatch.chdir(tmp_path)
    assert convert(*arguments) == 2
    error = capsys.readouterr().err
    assert output in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
