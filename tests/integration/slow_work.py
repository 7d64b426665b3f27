"""Work whose length the tests decide: it goes on until a file appears. Also the worker process that does it.

``python -m tests.integration.slow_work worker`` is a worker, as `kindred worker` is; with a job's id and the worker's
name it is the fresh interpreter of that job.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from segmentation import logs, worker
from segmentation.config import load_settings
from segmentation.errors import TrainingError
from segmentation.jobs import HANDLERS


def _nap(_services: Any, _slug: str, payload: dict[str, Any], _by: str, progress: Any) -> dict[str, Any]:
    folder = Path(payload["folder"])
    with open(folder / "begun", "a") as begun:
        begun.write(f"{os.getpid()}\n")
    progress(0.5, "waiting for the file")
    while not (folder / "go").exists():
        if not payload.get("deaf"):
            progress(0.5, "waiting for the file")
        try:
            time.sleep(0.02)
        except SystemExit:
            if payload.get("deaf") == "library":
                raise RuntimeError("Query interrupted") from None
            raise
    if payload.get("fails"):
        raise {"kindred": TrainingError("k = 9 is above n"), "bug": KeyError("Jane Doe")}[payload["fails"]]
    return {"pid": os.getpid(), "problems": [{"value": "Jane Doe"}]}


HANDLERS["nap"] = _nap

if __name__ == "__main__":
    if sys.argv[1] == "worker":
        settings = load_settings()
        logs.configure(settings)
        worker.work(settings, module="tests.integration.slow_work")
    else:
        sys.exit(worker.child(int(sys.argv[1]), sys.argv[2]))
