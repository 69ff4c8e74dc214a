"""What a browser does with a page that leads its own name to the lab, or shows the lab in a frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import start
from tests.browser.driving import Server, running_lab, settled, visit
from tests.ui.app.test_strangers import wait_until_awake

STRANGER = "http://evil.example"


def test_a_name_that_leads_to_this_machine_shows_nothing_of_the_lab(browser: Browser, server: Server) -> None:
    """DNS rebinding: for this browser evil.example is 127.0.0.1."""
    deceived = start(browser.browser_type, "MAP evil.example 127.0.0.1")
    page = deceived.new_page()
    answer = page.goto(f"{STRANGER}:{server.port}/train")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("body")).to_contain_text("CNNLAB_HOSTS")
    opened = page.evaluate(
        """port => new Promise(done => {
            const socket = new WebSocket(`ws://127.0.0.1:${port}/_stcore/stream`, ["streamlit"]);
            socket.onopen = () => done(true);
            socket.onerror = () => done(false);
        })""",
        server.port,
    )
    assert opened is False
    deceived.close()


@contextmanager
def foreign_page(html: str) -> Iterator[str]:
    """A page of another program on this machine; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{other.server_port}"
        finally:
            other.shutdown()


def test_a_foreign_page_cannot_show_the_lab(page: Page, server: Server) -> None:
    """Nor lay something invisible over it."""
    with foreign_page(f'<iframe src="{server.url}/?embed=true"></iframe>') as address:
        refusals: list[str] = []
        page.on("console", lambda message: refusals.append(message.text))
        page.goto(address, wait_until="networkidle")
        assert any("frame-ancestors" in refusal for refusal in refusals), refusals
        expect(page.frame_locator("iframe").get_by_test_id("stApp")).to_have_count(0)


def test_a_page_that_the_owner_names_shows_the_lab(browser: Browser, tmp_path: Path) -> None:
    """A school's page: the lab works in its frame."""
    with foreign_page("<iframe></iframe>") as address:
        settings = {"CNNLAB_EMBEDDERS": address}
        with running_lab(tmp_path / "home", tmp_path / "log", **settings) as server:
            page = browser.new_page()
            page.goto(address)
            page.evaluate(f"document.querySelector('iframe').src = '{server.url}/?embed=true'")
            frame = page.frame_locator("iframe")
            app = frame.get_by_test_id("stApp")
            expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
            expect(app).to_have_attribute("data-test-script-state", "notRunning")
            expect(frame.locator("canvas").first).to_be_attached()
            page.close()


@pytest.mark.parametrize("address", ["/", "/build", "/train", "/look_inside"])
def test_the_console_stays_clean(page: Page, server: Server, address: str) -> None:
    """The policy forbids nothing that a page needs, and nothing is asked for that is not there."""
    wait_until_awake(server)  # before, a drawing is told to wait, with an error's status
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text} {message.location}"))
    visit(page, address)
    page.wait_for_load_state("networkidle")
    settled(page)
    if address == "/":  # what is refused in words is not an error of the page's
        page.locator(".file").set_input_files(
            {"name": "x.png", "mimeType": "image/png", "buffer": b"not an image"}
        )
        expect(page.locator(".photo-trouble")).to_contain_text("not an image")
    assert not [line for line in said if line.startswith(("error", "warning"))]
