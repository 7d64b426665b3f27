"""A folder for the files of one piece of reading: gone at its end, or, killed, at the start of the next."""

import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segmentation.processes import lives, process_name

OWNER = "owner"
NAMELESS_S = 3600.0  # a folder that does not say whose it is may have been made this moment


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A new folder in `folder`, removed at the end with what is in it; those of dead processes are swept first."""
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    place = folder / uuid.uuid4().hex
    place.mkdir(mode=0o700)
    try:
        (place / OWNER).write_text(process_name("reading"))
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(folder: Path) -> int:
    """Remove the workplaces in `folder` whose process is dead; those of other hosts stay. Answers how many went."""
    dead = [place for place in folder.iterdir() if place.is_dir() and _is_dead(place)]
    for place in dead:
        shutil.rmtree(place, ignore_errors=True)  # another process may sweep too
    return len(dead)


def _is_dead(place: Path) -> bool:
    try:
        return lives((place / OWNER).read_text()) is False
    except (OSError, ValueError):  # not written yet, or half
        return place.exists() and time.time() - place.stat().st_mtime > NAMELESS_S
