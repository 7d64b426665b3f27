"""Logs are events with fields, in one file a day, and hold no customer data."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from segmentation import logs
from segmentation.config import Settings


@pytest.fixture
def settings(tmp_path) -> Iterator[Settings]:
    root, level, captured = logging.getLogger(), logging.getLogger().level, logging.getLogger().handlers[:]
    made = Settings(data_dir=tmp_path)
    made.make_folders()
    yield made
    logging.captureWarnings(False)
    root.handlers[:] = captured
    root.setLevel(level)
    structlog.reset_defaults()


def test_events_are_json_lines_on_the_stream_and_in_the_file_of_the_day(settings):
    stream = io.StringIO()
    logs.configure(settings, stream)
    structlog.get_logger().info("trained", dataset="mall", version=3)
    logging.getLogger("gunicorn.error").warning("Worker %s", "timed out")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {name: lines[0][name] for name in ("event", "dataset", "version", "level")} == {
        "event": "trained", "dataset": "mall", "version": 3, "level": "info",
    }  # fmt: skip
    assert (lines[1]["event"], lines[1]["name"], lines[1]["message"]) == (
        "library",
        "gunicorn.error",
        "Worker timed out",
    )
    (file,) = settings.logs.iterdir()
    assert file.name == f"kindred-{lines[0]['timestamp'][:10]}.jsonl"
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert [{**line, "timestamp": ""} for line in kept] == [{**line, "timestamp": ""} for line in lines]


def test_an_exception_leaves_its_kind_and_places_only(settings):
    stream = io.StringIO()
    logs.configure(settings, stream)
    for log in (structlog.get_logger(), logging.getLogger("library")):
        try:
            raise ValueError("0042, Jane Doe, 4711 EUR")
        except ValueError:
            log.exception("job_crashed")
    assert "Jane" not in stream.getvalue()
    for line in map(json.loads, stream.getvalue().splitlines()):
        assert line["error"] == "ValueError"
        assert line["places"][-1].startswith("test_logs.py:")


def test_a_command_is_quiet_while_the_file_keeps_everything(settings):
    stream = io.StringIO()
    logs.configure(settings, stream, level="CRITICAL")
    structlog.get_logger().error("command_failed")
    assert stream.getvalue() == ""
    assert "command_failed" in next(settings.logs.iterdir()).read_text()
