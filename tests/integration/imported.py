"""What the tests of imports share: a service, a way to write small files, and looks into the store."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from segmentation.config import Settings
from segmentation.services import Services
from segmentation.services.imports import ImportResult
from segmentation.snapshots import Snapshots

Write = Callable[..., Path]


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """On both databases."""
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def local(sqlite_settings: Settings) -> Iterator[Services]:
    """On SQLite, for what has nothing to do with the store."""
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def file(tmp_path: Path) -> Write:
    """Write a small file and return its path."""

    def write(body: str | bytes, name: str = "customers.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(body if isinstance(body, bytes) else body.encode(encoding))
        return path

    return write


def rows(services: Services, query: str) -> list[tuple[Any, ...]]:
    with services.database.reading() as session:
        return [tuple(row) for row in session.execute(text(query))]


def one(services: Services, query: str) -> Any:
    return rows(services, query)[0][0]


def stored(services: Services, slug: str) -> dict[str, dict[str, Any]]:
    """All customers of a dataset as dicts by key."""
    frame = Snapshots(services.database, services.settings).frame(slug)
    return {row["customer_key"]: row for row in frame.to_dict("records")}


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    """Created, updated, unchanged and rejected, which add up."""
    found = result.as_json()
    assert found["rows"] == found["created"] + found["updated"] + found["unchanged"] + found["rejected"]
    return found["created"], found["updated"], found["unchanged"], found["rejected"]
