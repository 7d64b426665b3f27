"""An upload that is cut, and whose server is killed, goes on where it stopped; a real server over HTTP."""

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from segmentation.config import Settings
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from tests.integration.faulty import ROOT, ROWS, until, write_file

pytestmark = pytest.mark.slow


class Server:
    """`kindred serve` on a port of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def start(self) -> None:
        names = {"DATA_DIR": str(self.settings.data_dir), "DATABASE_URL": self.settings.url}
        names |= {"SECRET_KEY": self.settings.secret_key}
        environment = {**os.environ, **{f"KINDRED_{name}": value for name, value in names.items()}}
        command = [sys.executable, "-m", "dashboard", "serve", "--workers", "1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self.answers)

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {"Origin": f"http://127.0.0.1:{self.port}"})
        answer = connection.getresponse()
        told = answer.status, json.loads(answer.read())
        connection.close()
        return told

    def send_half(self, path: str, body: bytes) -> None:
        """A piece of which only the first half leaves."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nOrigin: http://127.0.0.1:{self.port}\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) // 2])

    def kill(self) -> None:
        """Like the power cut: the server and its processes at once."""
        for process in [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]:
            process.kill()
        self.process.wait()


@pytest.fixture
def server(sqlite_settings: Settings) -> Iterator[Server]:
    server = Server(sqlite_settings)
    server.start()
    yield server
    server.kill()


def test_an_upload_goes_on_after_a_lost_connection_and_a_killed_server(
    server: Server, sqlite_settings: Settings, tmp_path: Path
):
    body = write_file(tmp_path / "customers.csv").read_bytes()
    piece = len(body) // 3
    token = server.ask("POST", "/api/uploads")[1]["token"]
    assert server.ask("POST", f"/api/uploads/{token}?offset=0", body[:piece]) == (200, {"offset": piece})
    server.send_half(f"/api/uploads/{token}?offset={piece}", body[piece : 2 * piece])
    server.kill()
    server.start()
    status, told = server.ask("POST", f"/api/uploads/{token}?offset=0")
    here = told["offset"]  # what had arrived; of the torn piece as much as was on the disk
    assert (status, piece <= here <= 2 * piece) == (409, True)
    finish = f"/api/uploads/{token}/finish?name=customers.csv&size={len(body)}"
    assert server.ask("POST", finish) == (409, {"offset": here})  # nobody takes a part for the whole
    assert server.ask("POST", f"/api/uploads/{token}?offset={here}", body[here:]) == (200, {"offset": len(body)})
    status, finished = server.ask("POST", finish)
    assert (status, finished["size"]) == (200, len(body))
    services = Services(sqlite_settings)
    received = services.imports.uploaded(finished["id"])
    assert received.sha256 == hashlib.sha256(body).hexdigest()
    result = services.imports.import_file(received.path, "shop", ImportOptions(key="customer_id"))
    assert (result.rows, result.created) == (ROWS, ROWS)
    services.close()
