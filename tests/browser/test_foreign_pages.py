"""What a browser lets a foreign page do: reach the lab under another name, or show it in a frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import start
from tests.browser.driving import Server, running_lab, visit, wait_until_settled
from tests.ui.app.test_foreign_requests import wait_until_awake

FOREIGN_ORIGIN = "http://evil.example"


def test_dns_rebinding_shows_nothing_of_the_lab(browser: Browser, server: Server) -> None:
    """For this browser evil.example is 127.0.0.1."""
    rebound = start(browser.browser_type, "MAP evil.example 127.0.0.1")
    page = rebound.new_page()
    answer = page.goto(f"{FOREIGN_ORIGIN}:{server.port}/train")
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
    rebound.close()


@contextmanager
def foreign_page(html: str) -> Iterator[str]:
    """Serve a page from another origin on this machine; yield the origin."""

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


def test_a_foreign_page_cannot_embed_the_lab(page: Page, server: Server) -> None:
    """It could lay something invisible over it."""
    with foreign_page(f'<iframe src="{server.url}/?embed=true"></iframe>') as origin:
        refusals: list[str] = []
        page.on("console", lambda message: refusals.append(message.text))
        page.goto(origin, wait_until="networkidle")
        assert any("frame-ancestors" in refusal for refusal in refusals), refusals
        expect(page.frame_locator("iframe").get_by_test_id("stApp")).to_have_count(0)


def test_a_page_named_by_the_owner_can_embed_the_lab(browser: Browser, tmp_path: Path) -> None:
    """The lab works in the frame of a school's page, for example."""
    with foreign_page("<iframe></iframe>") as origin:
        settings = {"CNNLAB_EMBEDDERS": origin}
        with running_lab(tmp_path / "home", tmp_path / "log", **settings) as server:
            page = browser.new_page()
            page.goto(origin)
            page.evaluate(f"document.querySelector('iframe').src = '{server.url}/?embed=true'")
            frame = page.frame_locator("iframe")
            app = frame.get_by_test_id("stApp")
            expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
            expect(app).to_have_attribute("data-test-script-state", "notRunning")
            expect(frame.locator("canvas").first).to_be_attached()
            page.close()


@pytest.mark.parametrize("url", ["/", "/build", "/train", "/look_inside"])
def test_the_console_stays_clean(page: Page, server: Server, url: str) -> None:
    """The security policy allows all that a page needs, and nothing is requested that does not exist."""
    wait_until_awake(server)  # until then a drawing is answered with an error status
    messages: list[str] = []
    page.on("console", lambda message: messages.append(f"{message.type}: {message.text} {message.location}"))
    visit(page, url)
    page.wait_for_load_state("networkidle")
    wait_until_settled(page)
    if url == "/":  # a rejected file is not an error of the page
        page.locator(".file").set_input_files(
            {"name": "x.png", "mimeType": "image/png", "buffer": b"not an image"}
        )
        expect(page.locator(".photo-trouble")).to_contain_text("not an image")
    assert not [line for line in messages if line.startswith(("error", "warning"))]
