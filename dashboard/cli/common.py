"""What every command shares: errors as one line, JSON or text, the services, the progress bar."""

from __future__ import annotations

import functools
import getpass
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from segmentation.errors import KindredError, as_store_error
from segmentation.progress import Progress, no_progress

if TYPE_CHECKING:
    from segmentation.config import Settings
    from segmentation.services import Services

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print one JSON document and nothing else.")
dataset = click.option("--dataset", "slug", required=True, metavar="SLUG", help="The dataset, by its slug.")
as_of = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Dates count up to this day, YYYY-MM-DD.  [default: the latest date in the data]",
)


class Commands(click.Group):
    """A group whose errors are one line on standard error and exit code 1; commands keep the order of the code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KindredError as error:
            _fail(str(error))
        except KeyboardInterrupt:
            _fail("cancelled")
        except BrokenPipeError:
            raise
        except OSError as error:
            _fail(f"{error.filename or 'a file'} cannot be used ({error.strerror or type(error).__name__})")
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if refused := as_store_error(error):
                _fail(str(refused))
            import structlog

            from segmentation import logs

            logs.only_to_file()
            structlog.get_logger().error("command_failed", command=ctx.invoked_subcommand, exc_info=error)
            _fail(f"unexpected error ({type(error).__name__}); the log in the data folder says where it happened")


def _fail(message: str) -> None:
    click.echo(f"kindred: {' '.join(message.split())}", err=True)
    raise click.exceptions.Exit(1)


def me() -> str:
    """Who runs the command, for the records."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"  # a container without a name for its user


@contextmanager
def open_services(*, prepare: bool = True, **overrides: Any) -> Iterator[Services]:
    """The services of the installation the environment names, its schema checked, closed at the end."""
    from segmentation import logs
    from segmentation.config import load_settings
    from segmentation.services import Services

    settings: Settings = load_settings(**overrides)
    settings.make_folders()
    logs.configure(settings, level="CRITICAL")  # events go to the file: standard error is for one clear line
    services = Services(settings)
    try:
        if prepare:
            services.maintenance.prepare()
        yield services
    finally:
        services.close()


def with_services(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the services as its first argument."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        with open_services() as services:
            return command(services, *args, **options)

    return run


def emit(document: Any, json_wanted: bool, text: Callable[[], str]) -> None:
    """Print a result: one JSON document, or what `text` makes of it."""
    click.echo(json.dumps(plain(document), ensure_ascii=False, allow_nan=False) if json_wanted else text())


def plain(value: Any) -> Any:
    """The same in terms of JSON: missing numbers as null, dates in ISO format.

    >>> plain({"mean": float("nan"), "as_of": date(2026, 1, 31), "k": (2, 3)})
    {'mean': None, 'as_of': '2026-01-31', 'k': [2, 3]}
    """
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        return plain(value.item())  # a number of NumPy
    return None if isinstance(value, float) and not isfinite(value) else value


def table(rows: Sequence[dict[str, Any]], columns: dict[str, str], empty: str) -> str:
    """Rows as aligned text under headings; `columns` is key -> heading.

    >>> print(table([{"slug": "mall", "n": 200}, {"slug": "shop", "n": None}], {"slug": "dataset", "n": "people"}, ""))
    dataset  people
    mall        200
    shop          -
    """
    if not rows:
        return empty
    cells = [[_cell(row.get(key)) for key in columns] for row in rows]
    numeric = [all(isinstance(row.get(key), int | float | None) for row in rows) for key in columns]
    widths = [
        max(map(len, [heading, *column]))
        for heading, column in zip(columns.values(), zip(*cells, strict=True), strict=True)
    ]
    lines = [list(columns.values()), *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}" if isinstance(value, float) else str(value)


def minute(instant: str | None) -> str:
    """An ISO instant for people, to the minute (UTC).

    >>> minute("2026-01-31T23:59:59.123456+00:00")
    '2026-01-31 23:59'
    """
    return "-" if instant is None else instant[:16].replace("T", " ")


def percent(share: float | None) -> str:
    """A share in [0, 1] for people: one decimal, a dash for missing."""
    return "-" if share is None else f"{share:.1%}"


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error while slow work runs; silent where that is not a terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from tqdm import tqdm

    with tqdm(total=100, bar_format="{percentage:3.0f}% |{bar:30}| {desc}", leave=False) as bar:

        def show(share: float, phase: str) -> None:
            bar.n = round(share * 100)
            bar.set_description_str(phase)

        yield show


def run_job(services: Services, kind: str, payload: dict[str, Any], slug: str) -> dict[str, Any]:
    """Do slow work here, with a progress bar; Ctrl-C cancels it."""
    with progress_bar() as progress:
        return services.jobs.run_here(kind, payload, slug, by=me(), progress=progress)
