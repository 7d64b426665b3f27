"""Event logs: constant event names with fields, ids rather than objects, and no customer data.

On standard error as text for a person, as JSON lines for a program; and in one file a day (UTC) in the data folder.
Of an exception the kind and the places in the code are kept, never its text: a database error quotes the row.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import structlog

from segmentation.config import Settings

QUIET = ("alembic", "matplotlib", "urllib3", "waitress.queue")  # of these only warnings


def configure(settings: Settings, stream: TextIO | None = None, *, level: str | None = None) -> None:
    """Send the events of this process, and what libraries log, to `stream` (standard error) and today's file.

    Parameters
    ----------
    settings : Settings
        ``log_level`` and ``logs``, the folder of the daily files; without the folder there is no file.
    stream : TextIO, optional
        JSON lines unless it is a terminal.
    level : str, optional
        Least severe event on `stream`, where it is not ``log_level``: a command is quieter than a server.
    """
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        places_of_exception,
    ]
    for_people = structlog.dev.ConsoleRenderer(colors=True) if stream.isatty() else structlog.processors.JSONRenderer()
    handlers: list[logging.Handler] = [logging.StreamHandler(stream)]
    handlers[0].setLevel(level or settings.log_level)
    if settings.logs.is_dir():
        handlers.append(DailyFile(settings.logs))
    for handler, renderer in zip(handlers, (for_people, structlog.processors.JSONRenderer()), strict=False):
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[said_by_library, *shared],
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            )
        )
    logging.basicConfig(handlers=handlers, level=settings.log_level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def only_to_file() -> None:
    """From now on nothing on the stream: somebody says there in one line what went wrong."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler, DailyFile):
            handler.setLevel(logging.CRITICAL + 1)


def said_by_library(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What a library logs is free text: a field of the event ``library``, which names who said it."""
    return {**event, "event": "library", "name": event["_record"].name, "message": event["event"]}


def places_of_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its kind and the places it came through.

    >>> try:
    ...     {}["00042, Jane Doe"]
    ... except KeyError as error:
    ...     event = places_of_exception(None, "error", {"event": "job_crashed", "exc_info": error})
    >>> event["error"], "Jane" in str(event)
    ('KeyError', False)
    """
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["places"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return event


class DailyFile(logging.Handler):
    """Appends to ``kindred-<date>.jsonl``, a file per day (UTC); several processes may share it.

    A line is one write to a file opened for appending, so that lines of two processes do not mix.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def emit(self, record: logging.LogRecord) -> None:
        day = datetime.fromtimestamp(record.created, UTC).date()
        try:
            with open(self._folder / f"kindred-{day}.jsonl", "ab", buffering=0) as file:
                file.write(self.format(record).encode() + b"\n")
        except OSError:
            self.handleError(record)


def prune(folder: Path, days: int, now: float | None = None) -> int:
    """Remove files below `folder` last written more than `days` ago, and folders left empty; answers how many files.

    Parameters
    ----------
    now : float, optional
        The present in seconds since 1970; the clock's unless given.
    """
    oldest = (time.time() if now is None else now) - days * 86_400
    removed = 0
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder comes before the folder
        try:
            if path.is_dir():
                if not any(path.iterdir()) and path.stat().st_mtime < oldest:
                    path.rmdir()
            elif path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue  # another process removed it
    return removed
