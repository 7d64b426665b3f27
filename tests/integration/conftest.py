"""The commands, invoked in this process on a data folder of the test's own; worker processes, and work for them."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from dashboard.cli import cli
from db.session import Database
from segmentation.config import Settings
from segmentation.services.jobs import JobService
from tests.integration import slow_work  # noqa: F401  (adds the kind "nap")

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., Result]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of its own for the commands; what they do to the log's set-up is undone."""
    monkeypatch.setenv("KINDRED_DATA_DIR", str(tmp_path / "place"))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield tmp_path / "place"
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def run(place: Path) -> Run:
    def invoke(*arguments: Any) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)

    return invoke


@pytest.fixture
def on_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commands use a store somebody named: SQLite, then PostgreSQL."""
    monkeypatch.setenv("KINDRED_DATABASE_URL", database_url)
    monkeypatch.setenv("KINDRED_SECRET_KEY", "secret-of-the-tests")
    return database_url


@pytest.fixture
def start_worker(settings: Settings) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts real workers; those still there at the end of the test are stopped."""
    started: list[subprocess.Popen] = []
    environment = {**os.environ, "KINDRED_DATA_DIR": str(settings.data_dir), "KINDRED_DATABASE_URL": settings.url}
    environment["KINDRED_SECRET_KEY"] = settings.secret_key

    def start(*module: str) -> subprocess.Popen:
        command = [sys.executable, "-m", *(module or ("tests.integration.slow_work", "worker"))]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def nap(tmp_path: Path, database: Database, settings: Settings) -> Callable[..., int]:
    """Asks for work that goes on until the file ``go`` is there."""
    service = JobService(database, settings)

    def ask(**payload: Any) -> int:
        return service.submit("nap", {"folder": str(tmp_path), **payload}, "shop", by="test")

    return ask
