"""The users of the pages benchmark: what fails is counted, and nobody stops for it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.pages_browser import Request
from bench.pages_users import visit
from dashboard.web import ERRORS


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(500 if self.path == "/broken" else 200, b"page")

    def do_POST(self) -> None:
        self._answer(200, self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_request_of_every_page_is_timed_and_failures_are_counted(address):
    good = [Request("a", "document", "/a", None, {}), Request("a", "x.children", "/call", b"{}", {})]
    told = visit(address, good, users=3, seconds=0.2, think_s=0.01)
    assert told.errors == []
    assert told.pages >= 3
    assert len(told.taken) == 2 * told.pages
    bad = [Request("b", "document", "/broken", None, {}), Request("b", "y.children", "/call", ERRORS.encode(), {})]
    told = visit(address, bad, users=2, seconds=0.1, think_s=0.01)
    assert len(told.errors) == 2 * told.pages > 0
    assert {each.split(":")[0] for each in told.errors} == {"b document", "b y.children"}
