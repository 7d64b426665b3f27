"""What tests of jobs wait for, and look at while they do."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segmentation.services.jobs import JobService


def until(true: Callable[[], Any], seconds: float = 90.0) -> Any:
    """What `true` answers as soon as it answers something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = true()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def begun(folder: Path) -> list[int]:
    """Process ids of the children that began, in order."""
    path = folder / "begun"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def ended(service: JobService, job_id: int) -> Any:
    view = service.job(job_id)
    return None if view.active else view


def lives(pid: int) -> bool:
    """Does the process do anything (a zombie, ended but not yet buried by an orphan's keeper, does not)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
