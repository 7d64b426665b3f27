"""The commands, invoked in this process on a data folder of the test's own."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from dashboard.cli import cli

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
