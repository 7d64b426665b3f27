"""A worker whose imports, and readings of large files, meet a fault where a test says, in the real course of the work.

``python -m tests.integration.dying`` is a worker, as `kindred worker` is, except that the process of a job is a copy of
this one, libraries and all, where the product starts an interpreter: a second of processor saved at each death. The
file ``fault.json`` in the data folder says when and what:

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
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

import segmentation.services.imports  # noqa: F401  (what every copy has already)
from segmentation import jobs, logs, worker
from segmentation.config import Settings, load_settings
from segmentation.jobs import Claim

_MET = {kind: jobs.HANDLERS[kind] for kind in ("import", "inspect")}


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


def _meet(kind: str, services: Any, slug: str, payload: dict[str, Any], by: str, progress: Any) -> dict[str, Any]:
    fault = Fault(services.settings.data_dir)
    engine = services.database.engine
    event.listen(engine, "before_cursor_execute", lambda *args: fault.statement(args[2]))
    event.listen(engine, "commit", lambda _connection: fault.commit())

    def watched(share: float, phase: str) -> None:
        fault.progress(share, phase)
        progress(share, phase)

    return _MET[kind](services, slug, payload, by, watched)


class Copy:
    """The process of one job, as far as `segmentation.worker` asks: of `subprocess.Popen` the part it uses."""

    def __init__(self, settings: Settings, claim: Claim, _module: str) -> None:
        mine, its = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if not self.pid:
            os.close(its)
            os.dup2(mine, 0)
            code = 1
            try:
                code = worker.child(claim.id, claim.worker)
            finally:
                os._exit(code)
        os.close(mine)
        self.stdin = os.fdopen(its, "wb")
        self.stdin.write(settings.model_dump_json().encode() + b"\n")
        self.stdin.flush()

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, seconds: float) -> int:
        end = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("a copy", seconds)
            time.sleep(0.01)
        return code

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


class Copying(worker.Worker):
    """No connection is open where the process is copied: SQLite's locks belong to a process."""

    def _do(self, claim: Claim) -> None:
        self.services.database.dispose()
        super()._do(claim)


jobs.HANDLERS |= {kind: partial(_meet, kind) for kind in _MET}
worker.start_child = Copy
worker.Worker = Copying

if __name__ == "__main__":
    settings = load_settings()
    logs.configure(settings)
    worker.work(settings)
