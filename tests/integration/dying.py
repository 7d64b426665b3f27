"""A worker whose imports meet a fault where a test says, in the real course of the work.

``python -m tests.integration.dying worker`` is a worker, as `kindred worker` is; with a job's id and the worker's name
it is the fresh interpreter of that job. The file ``fault.json`` in the data folder says when and what:

    {"at": "reading the file", "share": 0.2, "then": "kill"}     at this phase, at this share of the whole job
    {"at": "sql", "begins": "INSERT INTO customers_", "then": "kill"}     before a statement that begins so (a pattern)
    {"at": "commit" or "sql", ..., "after": "UPDATE customers_", "then": ...}     but not before such a statement ran

``then`` is "kill" (this process), "kill worker", "fill" (the disk of the data folder) or "wait" (until the test has
removed the file ``here``, which says that the point was reached).
"""

import errno
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event

from segmentation import jobs, logs, worker
from segmentation.config import load_settings

_import = jobs.HANDLERS["import"]


class Fault:
    """What is to happen, once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        plan = folder / "fault.json"
        self.plan: dict[str, Any] = json.loads(plan.read_text()) if plan.exists() else {"at": "never"}
        self.ready = "after" not in self.plan

    def statement(self, text: str) -> None:
        if self.plan["at"] == "sql" and self.ready and re.match(self.plan["begins"], text):
            self.strike()
        self.ready = self.ready or text.startswith(self.plan["after"])

    def commit(self) -> None:
        if self.plan["at"] == "commit" and self.ready:
            self.strike()

    def progress(self, share: float, phase: str) -> None:
        if phase == self.plan["at"] and share >= self.plan.get("share", 0.0):
            self.strike()

    def strike(self) -> None:
        self.plan["at"] = "never"
        (self.folder / "fault.json").unlink()
        (self.folder / "here").touch()
        if self.plan["then"] == "wait":
            while (self.folder / "here").exists():
                time.sleep(0.02)
        elif self.plan["then"] == "fill":
            _fill(self.folder / "filler")
        else:
            os.kill(os.getppid() if self.plan["then"] == "kill worker" else os.getpid(), signal.SIGKILL)
            time.sleep(60)  # a job ends with its worker


def _fill(path: Path) -> None:
    """Leave no room on the disk."""
    with path.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2


def _meet(services: Any, slug: str, payload: dict[str, Any], by: str, progress: Any) -> dict[str, Any]:
    fault = Fault(services.settings.data_dir)
    engine = services.database.engine
    event.listen(engine, "before_cursor_execute", lambda *args: fault.statement(args[2]))
    event.listen(engine, "commit", lambda _connection: fault.commit())

    def watched(share: float, phase: str) -> None:
        fault.progress(share, phase)
        progress(share, phase)

    return _import(services, slug, payload, by, watched)


jobs.HANDLERS["import"] = _meet

if __name__ == "__main__":
    if sys.argv[1] == "worker":
        settings = load_settings()
        logs.configure(settings)
        worker.work(settings, module="tests.integration.dying")
    else:
        sys.exit(worker.child(int(sys.argv[1]), sys.argv[2]))
