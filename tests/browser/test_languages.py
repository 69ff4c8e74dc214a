"""Every screen in a pseudo-language, in which each text is in brackets and a third longer.

What stands on the screen without brackets is a text that nobody can translate; what is cut off there will be
cut off in some language.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cnnlab.design.presets import PRESETS
from cnnlab.layers import KINDS
from cnnlab.runs.store import RunStore
from tests.browser.conftest import DESKTOP, PHONE, tab
from tests.browser.driving import ROOT, Server, running_lab, settled, visit
from tests.browser.test_pad import SEVEN, draw
from tests.browser.test_pad_extras import photo
from tests.catalogue import DATA_NAMES

# Texts and attributes that a person can see or hear, through all shadow roots; icons are ligatures of a font.
TEXTS = """() => {
  const found = [];
  const skipped = '[data-testid="stIconMaterial"], script, style, [hidden], .st-key-language';
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.closest(skipped) || !element.checkVisibility({ visibilityProperty: true })) continue;
      if (getComputedStyle(element).fontFamily.includes("Material Symbols")) continue;
      for (const name of ["title", "aria-label", "alt", "placeholder", "aria-description"])
        if (element.getAttribute(name)) found.push([name, element.getAttribute(name)]);
      for (const side of ["::before", "::after"]) {
        const content = getComputedStyle(element, side).content;
        if (content.startsWith('"')) found.push([side, content]);
      }
      for (const child of element.childNodes)
        if (child.nodeType === Node.TEXT_NODE && child.textContent.trim())
          found.push([element.tagName, (element.closest("p:not(:has([role=img]))") ?? child).textContent]);
    }
  };
  walk(document.body);
  return found;
}"""
# What hides a part of its text, or lies beyond the window's right edge.
CUT = """() => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
      const text = own.map((node) => node.textContent).join("").trim();
      if (!text.includes("~") || !element.checkVisibility({ visibilityProperty: true })) continue;
      const style = getComputedStyle(element);
      const hidden = element.scrollWidth - element.clientWidth;
      const clips = element.clientWidth > 8 && style.overflowX !== "visible";
      if (clips && hidden > 1) found.push(["cut off", text, hidden]);
    }
  };
  walk(document.body);
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(["wider than the window", "", wide]);
  return found;
}"""
# Streamlit's own words, which it has in English only.
STREAMLIT = re.compile(
    r"Skip to main content|App pages|Sidebar|Expand sidebar|Collapse sidebar|Open|Close|Choose an option|"
    r"Increment|Decrement|Link to heading|Help for .*|\w+ icon|Clear value|Dismiss"
)
CODE = "model = Sequential("  # begins the example in the field for code
BRACKETS = re.compile(r"\[[^\[\]]*\]")
NAMES = {
    *KINDS, *PRESETS, *DATA_NAMES,  # as they are written in code and on the command line
    "cnnlab", "Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adadelta", "PyTorch", "Keras", "PNG", "SVG",
    "JSON", "MNIST", "CIFAR", "same", "model", "Sequential", "kB", "MB", "GB", "ms", "min", "px", "max",
}  # fmt: skip
WORDS = re.compile(r"[^\W\d_][\w-]*")


def outside_brackets(text: str) -> str:
    """What is left of a text without what stands in brackets, brackets in brackets too."""
    while text != (text := BRACKETS.sub(" ", text)):
        pass
    return text


def untranslated(page: Page, typed: set[str]) -> list[str]:
    """Texts with a word outside brackets that is no name; `typed`: words of people."""
    known = {word.lower() for word in NAMES | typed}
    found = set()
    for where, text in page.evaluate(TEXTS):
        text = text.replace("\u2060", "")  # keeps a name on one line
        if STREAMLIT.fullmatch(text.strip()) or text.startswith(CODE):
            continue
        left = outside_brackets(text)
        words = [word for word in WORDS.findall(left) if len(word) > 1]
        if any(word.lower() not in known for word in words) and left.strip() not in NAMES | typed:
            found.add(f"{where}: {text.strip()[:90]}")
    return sorted(found)


def finished_run(home: Path, name: str) -> None:
    """Trained for an epoch from a terminal, then called by a name that is in no language."""
    command = ["train", "fast", "--data", "digits", "--epochs", "1"]
    environment = os.environ | {"CNNLAB_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "cnnlab", *command], env=environment, cwd=ROOT, check=True)
    store = RunStore(home)
    store.rename_run(store.runs()[0].id, name)
    store.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A lab that offers the pseudo-language, with two finished runs."""
    home = tmp_path_factory.mktemp("pseudo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNLAB_PSEUDO", "1")
        for name in ("first", "second"):
            finished_run(home / "home", name)
        with running_lab(home / "home", home / "server.log") as running:
            yield running


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screen(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    with tab(browser, server, request, request.param) as opened:
        yield opened


def check(page: Page, *typed: str) -> None:
    """Every text is translated, and none is cut off."""
    settled(page)
    page.wait_for_timeout(600)  # a picture or an announcement that comes a moment later
    assert untranslated(page, set(typed)) == []
    assert page.evaluate(CUT) == []


def test_draw(screen: Page, tmp_path: Path) -> None:
    """The blank sheet, an answer with its reasons, a named drawing, a photo."""
    visit(screen, "/?lang=pseudo")
    check(screen)
    draw(screen, SEVEN)
    expect(screen.get_by_test_id("prediction")).to_have_attribute("data-label", "7")
    check(screen)
    screen.locator(".labels button").nth(7).click()
    check(screen)
    screen.locator("input[type=file]").first.set_input_files(photo(tmp_path))
    expect(screen.locator(".photo-steps li").first).to_be_visible()
    check(screen)


def test_build(screen: Page) -> None:
    """The stack, the palette, a broken row with its repairs, and every dialog."""
    visit(screen, "/build?lang=pseudo")
    check(screen)
    for name in ("Start from", "My designs", "Code"):
        screen.get_by_role("button", name=f"[{name}").click()
        expect(screen.get_by_role("dialog")).to_be_visible()
        check(screen)
        screen.keyboard.press("Escape")
        expect(screen.get_by_role("dialog")).to_have_count(0)


def test_train(screen: Page) -> None:
    """The form with all settings, the list, and a finished run with its summary."""
    visit(screen, "/train?lang=pseudo")
    check(screen, "first", "second")


def test_look_inside(screen: Page) -> None:
    """Filters and maps of a trained network."""
    visit(screen, "/look_inside?lang=pseudo")
    check(screen, "first", "second")


def test_the_language_of_the_browser_comes_first(
    browser: Browser, server: Server, request: pytest.FixtureRequest
) -> None:
    """Then the switch, which the link and the browser remember; another browser keeps its own."""
    with tab(browser, server, request, DESKTOP | {"locale": "zh-CN"}) as chinese:
        visit(chinese)
        expect(chinese.get_by_role("link", name="手写")).to_be_visible()
        assert chinese.evaluate("document.documentElement.lang") == "zh"
        chinese.get_by_role("button", name="语言").click()
        chinese.get_by_role("menuitem", name="English").click()
        expect(chinese.get_by_role("link", name="Draw")).to_be_visible()
        assert "lang=en" in chinese.url
        visit(chinese, "/train")
        expect(chinese.get_by_role("link", name="Draw")).to_be_visible()
    with tab(browser, server, request, DESKTOP | {"locale": "en-GB"}) as english:
        visit(english)
        expect(english.get_by_role("link", name="Draw")).to_be_visible()


def test_two_browsers_see_one_run_each_in_its_own_language(
    browser: Browser, server: Server, request: pytest.FixtureRequest
) -> None:
    """Words are made when they are shown."""
    with (
        tab(browser, server, request, DESKTOP | {"locale": "zh-CN"}) as chinese,
        tab(browser, server, request, DESKTOP | {"locale": "en-GB"}) as english,
    ):
        visit(chinese, "/train")
        visit(english, "/train")
        expect(english.get_by_text("All runs")).to_be_visible()
        expect(chinese.get_by_text("All runs")).to_have_count(0)
        for page in (chinese, english):
            expect(page.get_by_text("first").first).to_be_visible()
