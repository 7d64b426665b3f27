"""The worker process: takes one job after another and runs each in a fresh interpreter.

A fresh interpreter (not a fork, not a thread): a job that runs out of memory or crashes takes only itself down, gives
all its memory back, and shares no connection, lock or thread with the worker. The child gets its settings on standard
input, and watches it: the end of it means that the worker is gone, and nobody would hear the result.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import structlog

from segmentation import jobs, logs, processes
from segmentation.config import Settings
from segmentation.errors import Cancelled
from segmentation.jobs import Claim, Reporter
from segmentation.services import Services

IDLE_S = 0.5
AWAY_S = 3.0
REAP_S = 5.0
PRUNE_S = 24 * 3600.0
CANCEL_GRACE_S = 5.0  # a job that has not stopped by itself is ended
STOP_GRACE_S = 10.0

log = structlog.get_logger()


class Worker:
    """Does jobs until it is told to stop; `module` is what the fresh interpreter of a job runs."""

    def __init__(self, services: Services, module: str = "segmentation.worker") -> None:
        self.services, self.module = services, module
        self.name = processes.process_name("worker")
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until `stopping` is set; a job in hand is then queued again."""
        log.info("worker_started", worker=self.name)
        database = self.services.database
        due = dict.fromkeys(("seen", "reap", "prune"), 0.0)
        while not self.stopping.is_set():
            try:
                self._keep_house(due)
                claim = jobs.take_next(database, self.name)
            except jobs.STORE_IS_AWAY:
                log.warning("store_is_busy")
                self.stopping.wait(AWAY_S)
                continue
            if claim is None:
                self.stopping.wait(IDLE_S)
            else:
                self._do(claim)
        with contextlib.suppress(*jobs.STORE_IS_AWAY):
            jobs.gone(database, self.name)
        log.info("worker_stopped", worker=self.name)

    def _keep_house(self, due: dict[str, float]) -> None:
        if _is_due(due, "seen", jobs.BEAT_S):
            jobs.seen(self.services.database, self.name)
        if _is_due(due, "reap", REAP_S):
            jobs.reap(self.services.database)
        if _is_due(due, "prune", PRUNE_S):
            self.services.maintenance.prune()

    def _do(self, claim: Claim) -> None:
        log.info("job_started", job=claim.id, kind=claim.kind, dataset=claim.dataset)
        child = start_child(self.services.settings, claim, self.module)
        try:
            ended = self._watch(child, claim)
        finally:
            _end(child)
        database = self.services.database
        if ended == "stopped":
            jobs.give_back(database, claim.id, self.name)
        elif ended == "unresponsive":
            jobs.close(database, claim.id, self.name, "cancelled")
        elif child.returncode != 0:  # it could not say so itself
            jobs.close(database, claim.id, self.name, "failed", error=_why(child.returncode))

    def _watch(self, child: subprocess.Popen[bytes], claim: Claim) -> str:
        """Wait for the child to end; says how: "ended", "stopped", "unresponsive" or "lost"."""
        beat, asked_at = time.monotonic(), None
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.2)
                return "ended"
            if self.stopping.is_set():
                return "stopped"
            try:
                if time.monotonic() - beat > jobs.BEAT_S:
                    jobs.seen(self.services.database, self.name, claim.id)
                    beat = time.monotonic()
                asked = jobs.cancellation(self.services.database, claim.id, self.name)
            except jobs.STORE_IS_AWAY:
                continue  # locked by the job itself, as likely as not
            if asked is None:
                log.warning("job_lost", job=claim.id)
                return "lost"
            asked_at = (asked_at or time.monotonic()) if asked else None
            if asked_at and time.monotonic() - asked_at > CANCEL_GRACE_S:
                return "unresponsive"


def _is_due(due: dict[str, float], what: str, every: float) -> bool:
    if time.monotonic() < due[what]:
        return False
    due[what] = time.monotonic() + every
    return True


def start_child(settings: Settings, claim: Claim, module: str) -> subprocess.Popen[bytes]:
    """A fresh interpreter that does the job of `claim`."""
    command = [sys.executable, "-m", module, str(claim.id), claim.worker]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it died at once; the exit code tells
        child.stdin.write(settings.model_dump_json().encode() + b"\n")
        child.stdin.flush()
    return child


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        child.stdin.close()


def _why(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        hint = "; the machine may have run out of memory" if -code == signal.SIGKILL else ""
        return f"the process doing the job was killed by {name}{hint}; nothing of it is kept: start it again"
    return f"the process doing the job ended with exit code {code}; see the log"


def work(settings: Settings, *, with_parent: bool = False, module: str = "segmentation.worker") -> None:
    """Be a worker until SIGTERM or SIGINT; `with_parent`: also until standard input ends, that is, the parent does."""
    services = Services(settings)
    worker = Worker(services, module)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stopping.set())
    if with_parent:
        _when_parent_ends(worker.stopping.set)
    try:
        worker.run()
    finally:
        services.close()


def _when_parent_ends(act: Any) -> None:
    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(0, 4096):
                pass
        act()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def run_claim(services: Services, claim: Claim, progress: Reporter, stopped: threading.Event) -> int:
    """Do a claimed job and write how it ended; answers the exit code of the process.

    `stopped`: the worker asked this process to end, and says itself what becomes of the job.
    """
    database = services.database
    try:
        with progress:
            result = jobs.execute(services, claim, progress)
    except Cancelled:
        jobs.close(database, claim.id, claim.worker, "cancelled")
    except Exception as error:
        if stopped.is_set():  # a library made an error of its own of the interruption
            return 128 + signal.SIGTERM
        reason = jobs.reason_for(error, claim.id)
        jobs.close(database, claim.id, claim.worker, "failed", error=reason)
    else:
        jobs.close(database, claim.id, claim.worker, "done", result=result)
    return 0


def child(job_id: int, worker: str) -> int:
    """The fresh interpreter: read the settings, do one job."""
    settings = Settings.model_validate_json(sys.stdin.buffer.readline())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the worker decides
    stopped = threading.Event()

    def stop(*_: Any) -> None:
        stopped.set()
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    _when_parent_ends(lambda: os._exit(1))
    logs.configure(settings)
    services = Services(settings)
    try:
        claim = services.jobs.claimed(job_id, worker)
        return run_claim(services, claim, Reporter(services.database, job_id, worker), stopped) if claim else 0
    finally:
        services.close()


if __name__ == "__main__":
    sys.exit(child(int(sys.argv[1]), sys.argv[2]))
