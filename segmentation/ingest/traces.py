"""Finding and removing received files: those of a deleted dataset, and those that hold a forgotten customer."""

import csv
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from segmentation.config import Settings
from segmentation.errors import BadFileError
from segmentation.ingest import uploads
from segmentation.ingest.dialect import detect
from segmentation.ingest.opening import opened
from segmentation.ingest.uploads import INSPECTION, PREVIEW

BLOCK = 1 << 20
MOST_UNPACKED = 1 << 36
SIDE = {".json", PREVIEW, INSPECTION}  # of an upload, and gone with it


def remove_files_with(
    settings: Settings, *, hashes: Iterable[str] = (), cell: str | None = None, dataset: str | None = None
) -> int:
    """Delete the received and staged files with one of these sha256, or that hold a cell equal to `cell`.

    A file that cannot be read as a table is deleted when the text stands anywhere in it. What was found
    for `dataset`, or quotes `cell`, goes too. Returns how many files went, what was found not counted.
    """
    wanted = set(hashes)
    for path in (*settings.uploads.glob(f"*{PREVIEW}"), *settings.uploads.glob(f"*{INSPECTION}")):
        if (dataset and uploads.found_is_of(path, dataset)) or (
            cell and _anywhere(path, json.dumps(cell)[1:-1].encode())
        ):
            path.unlink(missing_ok=True)
    removed = 0
    for folder in (settings.uploads, settings.staging):
        for path in [each for each in folder.rglob("*") if each.is_file() and each.suffix not in SIDE]:
            try:
                goes = (wanted and _sha256(path) in wanted) or (
                    cell is not None and _holds(path, cell, settings.staging)
                )
                if goes:
                    path.unlink()
                    uploads.drop_found(path)
                    removed += 1
            except FileNotFoundError:  # an import that ended meanwhile took its file along
                continue
    return removed


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _holds(path: Path, cell: str, folder: Path) -> bool:
    try:
        with opened(path, folder, MOST_UNPACKED) as found:
            return _holds_plain(found.path, cell)
    except BadFileError:
        return _anywhere(path, cell.encode())


def _holds_plain(path: Path, cell: str) -> bool:
    try:
        dialect = detect(path)
    except BadFileError:
        return _anywhere(path, cell.encode())
    if dialect.repair or dialect.nuls:
        return _anywhere(path, cell.encode(dialect.encoding, errors="replace"))
    try:
        with path.open(encoding=dialect.encoding, newline="") as file:
            rows = csv.reader(file, delimiter=dialect.delimiter)
            return any(each.strip() in (cell, f"'{cell}") for row in rows for each in row)
    except (csv.Error, UnicodeDecodeError):
        return _anywhere(path, cell.encode())


def _anywhere(path: Path, needle: bytes) -> bool:
    """Read in blocks that overlap by the length of the needle."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if needle in tail + block:
                return True
            tail = (tail + block)[-len(needle) :]
    return False
