"""The server as people start it: gunicorn with several processes, and `kindred run`; both end in good order."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from db.schema_version import head
from segmentation.config import Settings

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def until(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            answer = true()
        except OSError:
            answer = None
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts `kindred` commands on an installation; what still runs at the end is killed with its children."""
    started: list[subprocess.Popen] = []

    def begin(*arguments: str, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "dashboard", *arguments]
        environment = {**os.environ, "KINDRED_DATA_DIR": str(tmp_path / "var"), **environment}
        log = open(tmp_path / f"{arguments[0]}.log", "w")  # noqa: SIM115 (the process writes into it)
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
        log.close()
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
        process.wait()


def test_gunicorn_serves_with_two_processes_and_stops_in_good_order(settings: Settings, start, tmp_path):
    port = free_port()
    server = start(
        "serve", "--workers", "2", "--port", str(port), KINDRED_DATABASE_URL=settings.url, KINDRED_SECRET_KEY="s3cret"
    )
    assert until(lambda: get(port, "/healthz")) == (200, '{"status":"ok"}\n')
    until(lambda: len(psutil.Process(server.pid).children()) == 2)
    children = psutil.Process(server.pid).children(recursive=True)
    status, body = get(port, "/readyz")
    ready = json.loads(body)
    assert (status, ready["status"], ready["schema"], ready["workers"]) == (200, "degraded", head(), 0)
    with ThreadPoolExecutor(8) as pool:  # no shared connection, no half set up process
        assert {pool.submit(get, port, path).result()[0] for path in ["/", "/readyz"] * 20} == {200}
    page = get(port, "/")[1]
    assert "<title>Kindred" in page
    server.send_signal(signal.SIGTERM)
    assert server.wait(120) == 0
    assert not any(child.is_running() for child in children)
    events = [json.loads(line) for line in (tmp_path / "serve.log").read_text().splitlines()]
    requests = [event for event in events if event["event"] == "request"]
    assert {(event["route"], event["status"]) for event in requests} == {("/", 200)}
    assert all(event["ms"] >= 0 for event in requests)
    kept = "".join(path.read_text() for path in (tmp_path / "var" / "logs").glob("kindred-*.jsonl"))
    assert kept.count('"event": "request"') == len(requests)
    assert "s3cret" not in kept


def test_readiness_is_lost_with_the_schema(sqlite_settings: Settings, sqlite_database, start):
    port = free_port()
    start(
        "serve", "--workers", "1", "--port", str(port), KINDRED_DATABASE_URL=sqlite_settings.url, KINDRED_SECRET_KEY="s"
    )
    until(lambda: get(port, "/healthz"))
    assert get(port, "/readyz")[0] == 200
    with sqlite_database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    status, body = get(port, "/readyz")
    assert status == 503
    assert "newer version" in json.loads(body)["reason"]
    assert get(port, "/healthz")[0] == 200


@pytest.mark.slow
def test_run_shows_trained_samples_and_leaves_no_process_behind(start, tmp_path):
    process = start("run", "--port", "0", "--no-browser")
    said = tmp_path / "run.log"
    address = until(lambda: re.search(r"http://127.0.0.1:(\d+)", said.read_text()), 240)
    port = int(address[1])
    until(lambda: json.loads(get(port, "/readyz")[1])["status"] == "ok")
    shown = subprocess.run(
        [sys.executable, "-m", "dashboard", "segments", "--dataset", "loyalty", "--json"],
        cwd=ROOT,
        env={**os.environ, "KINDRED_DATA_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sum(segment["size"] for segment in json.loads(shown.stdout)) == 2000
    family = psutil.Process(process.pid).children(recursive=True)
    worker = next(child for child in family if "worker" in child.cmdline())
    worker.kill()  # the worker is started again
    until(
        lambda: any("worker" in child.cmdline() for child in psutil.Process(process.pid).children() if child != worker)
    )
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0
    assert not any(child.is_running() for child in family)
    assert "Traceback" not in said.read_text()

    again = start("run", "--port", "0", "--no-browser")  # nothing is generated twice, and kill -9 leaves no orphan
    until(lambda: "Kindred is at" in said.read_text())
    assert "First start" not in said.read_text()
    family = psutil.Process(again.pid).children(recursive=True)
    again.kill()
    again.wait()
    until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in family))
