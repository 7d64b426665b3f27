"""Commands about the installation: schema, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboard.cli.common import Commands, as_json, emit, open_services, with_services

if TYPE_CHECKING:
    from segmentation.services import Services


@click.group(cls=Commands)
def db() -> None:
    """The database schema: `upgrade` and `check`."""


@db.command()
@as_json
def upgrade(json_wanted: bool) -> None:
    """Bring the schema to the one of this version."""
    with open_services(prepare=False) as services:
        result = services.maintenance.upgrade()
    emit(result, json_wanted, lambda: f"The database is at schema {result['schema']}.")


@db.command()
@as_json
def check(json_wanted: bool) -> None:
    """Exit with 1 unless the schema is the one of this version."""
    with open_services(prepare=False) as services:
        result = services.maintenance.check()
    emit(result, json_wanted, lambda: f"The database is at schema {result['schema']}, as it must be.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@as_json
@with_services
def backup(services: Services, file: Path, json_wanted: bool) -> None:
    """Write everything into one file, while work goes on.

    The file serves both databases: what SQLite backed up PostgreSQL restores, and the other way round. It holds all
    customers, and for an installation that made its own secret also that secret: only you may read it.
    """
    result = services.maintenance.backup(file)
    emit(
        result,
        json_wanted,
        lambda: "\n".join(
            [f"Wrote {result['file']}: {result['rows']:,} rows of {result['tables']} tables.", *result["warnings"]]
        ),
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@as_json
@with_services
def restore(services: Services, file: Path, json_wanted: bool) -> None:
    """Read a backup into an empty store.

    All of it or nothing. Restore only backups you trust: the models in it are programs.
    """
    result = services.maintenance.restore(file)
    emit(
        result,
        json_wanted,
        lambda: "\n".join([f"Restored {result['rows']:,} rows of {result['tables']} tables.", *result["warnings"]]),
    )


COMMANDS = (db, backup, restore)
