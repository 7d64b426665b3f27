"""What a received file is made of: plain text, gzip or an Excel workbook; each becomes plain text to read.

A file that would unpack into far more than it may be is refused while it is unpacked, not when the disk is full.
"""

import csv
import gzip
import hashlib
import re
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from segmentation.errors import BadFileError
from segmentation.ingest.workplace import workplace
from segmentation.space import require_space

BLOCK = 1 << 20
CHECK_EVERY = 64 * BLOCK
MOST_PARTS = 10_000  # files in a workbook
UNSUSPICIOUS, MOST_TIMES = 256 * BLOCK, 200  # tables become a tenth or a fiftieth when packed; what fills a disk, less
_DAMAGED = (  # what the reader of a workbook raises at odds with zip, XML (a SyntaxError) or the values in it
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, SyntaxError, LookupError, ValueError, TypeError,
    AttributeError, RuntimeError,
)  # fmt: skip
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


@dataclass(frozen=True)
class Opened:
    """A file to read as text. ``sha256`` is that of the file as it came; ``sheets`` those of a workbook.

    ``empty_formulas``: its cells whose formulas no program has calculated; ``first_formula`` is the first of them.
    """

    path: Path
    name: str
    sha256: str | None  # None: that of `path`, found when it is read
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    empty_formulas: int = 0
    first_formula: str = ""


@contextmanager
def opened(path: Path, folder: Path, most_bytes: int, sheet: str | None = None) -> Iterator[Opened]:
    """The file as text; what had to be unpacked into `folder` is removed at the end.

    Parameters
    ----------
    most_bytes : int
        The most that the unpacked text may be.
    sheet : str, optional
        Of a workbook; default the first that holds a table, of those that are not hidden if one does.

    Raises
    ------
    BadFileError
        It cannot be unpacked, becomes too large, or has no such sheet.
    """
    with _readable(path).open("rb") as file:
        head = file.read(4)
    if not is_packed(head):
        if sheet is not None:
            raise BadFileError(f"{path.name} is not a workbook, so it has no sheet {sheet!r}; leave the sheet out")
        yield Opened(path, path.name, None)
        return
    with workplace(folder) as place:
        plain = place / f"{uuid.uuid4().hex}.unpacked"
        if head.startswith(_GZIP):
            _gunzip(path, plain, most_bytes)
            yield Opened(plain, path.name, _sha256(path))
        else:
            chosen, sheets = _read_workbook(path, plain, most_bytes, sheet)
            yield Opened(plain, path.name, _sha256(path), chosen, sheets, *_empty_formulas(path, chosen))


def is_packed(head: bytes) -> bool:
    """Does a file that begins like this have to be unpacked?"""
    return head.startswith((_GZIP, _ZIP))


def _readable(path: Path) -> Path:
    if not path.exists():
        raise BadFileError(f"there is no file {path}; check the name")
    if not path.is_file():
        raise BadFileError(f"{path} is not a file; name one CSV file")
    try:
        path.open("rb").close()
    except PermissionError:
        raise BadFileError(f"{path} cannot be opened: permission denied") from None
    return path


def _refuse_large(path: Path, size: int, most_bytes: int) -> None:
    """BadFileError where so much was unpacked that the file is too large, or made to fill a disk."""
    if size > most_bytes:
        raise BadFileError(
            f"{path.name} unpacks into more than {most_bytes / 2**20:,.0f} MB, the limit that follows from "
            "KINDRED_MAX_UPLOAD_MB; split it, or raise the limit"
        )
    if size > UNSUSPICIOUS and size > MOST_TIMES * path.stat().st_size:
        raise BadFileError(
            f"{path.name} unpacks into more than {MOST_TIMES} times its size, as files made to fill a disk do; "
            "if it is a table all the same, unpack it and import that"
        )


def _gunzip(path: Path, plain: Path, most_bytes: int) -> None:
    size = checked = 0
    try:
        with gzip.open(path) as packed, plain.open("wb") as file:
            while block := packed.read(BLOCK):
                size += len(block)
                _refuse_large(path, size, most_bytes)
                if size - checked > CHECK_EVERY:
                    require_space(plain.parent, CHECK_EVERY, f"unpack {path.name}")
                    checked = size
                file.write(block)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BadFileError(f"{path.name} is a damaged gzip file; pack or send it again") from None


def _read_workbook(path: Path, plain: Path, most_bytes: int, sheet: str | None) -> tuple[str, tuple[str, ...]]:
    """Write the values of one sheet as CSV; answers its name and those of all."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    _refuse_bomb(path, most_bytes)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, OSError, *_DAMAGED):
        raise BadFileError(
            f"{path.name} is a zip archive but no Excel workbook, or a damaged one; save the table as CSV"
        ) from None
    try:
        sheets = tuple(each.title for each in book.worksheets)
        if sheet is not None and sheet not in sheets:
            raise BadFileError(f"{path.name} has no sheet {sheet!r}; its sheets are: {', '.join(sheets)}")
        seen_first = sorted(book.worksheets, key=lambda each: each.sheet_state != "visible")
        for title in [sheet] if sheet else [each.title for each in seen_first]:
            try:
                found = _write_sheet(book[title], plain, path, most_bytes)
            except _DAMAGED:
                raise BadFileError(f"{path.name} is a damaged workbook (sheet {title!r}); save it again") from None
            if found:
                return title, sheets
        raise BadFileError(f"{path.name} has no sheet with a table")
    finally:
        book.close()


def _refuse_bomb(path: Path, most_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise BadFileError(f"{path.name} is a damaged workbook; save it again") from None
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise BadFileError(f"{path.name} is a zip archive, not text; unpack it and import the CSV file in it")
    if len(parts) > MOST_PARTS:
        raise BadFileError(f"{path.name} has {len(parts):,} parts, more than any workbook; save the table as CSV")
    _refuse_large(path, sum(part.file_size for part in parts), most_bytes)


def _write_sheet(sheet: Any, plain: Path, path: Path, most_bytes: int) -> bool:
    """False when the sheet has no cell with a value."""
    sheet.reset_dimensions()  # some programs write a wrong one
    size, found = 0, False
    with plain.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        rows = [list(map(_cell, row)) for row in _first(sheet)]
        width = max((len(row) for row in rows), default=0)
        for row in sheet.iter_rows(values_only=True):
            cells = list(map(_cell, row))
            cells += [""] * (width - len(cells))
            while len(cells) > width and not cells[-1]:
                cells.pop()
            found = found or any(cells)
            size += sum(map(len, cells)) + len(cells)
            _refuse_large(path, size, most_bytes)
            writer.writerow(cells)
    return found


def _empty_formulas(path: Path, title: str) -> tuple[int, str]:
    """How many cells of a sheet hold a formula without a value, and where the first of them is."""
    import openpyxl
    from openpyxl.utils import get_column_letter

    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(_holds(archive, name, b"<f>", b"<f ") for name in sheets):
            return 0, ""
    books = [openpyxl.load_workbook(path, read_only=True, data_only=only, keep_links=False) for only in (False, True)]
    try:
        for book in books:
            book[title].reset_dimensions()
        written, values = (book[title].iter_rows(values_only=True) for book in books)
        empty = [
            f"{get_column_letter(column)}{number}"
            for number, (formulas, row) in enumerate(zip(written, values, strict=True), start=1)
            for column, (formula, value) in enumerate(zip(formulas, row, strict=False), start=1)
            if value is None and formula is not None and str(formula).startswith("=")
        ]
    finally:
        for book in books:
            book.close()
    return len(empty), empty[0] if empty else ""


def _holds(archive: zipfile.ZipFile, name: str, *wanted: bytes) -> bool:
    """Is any of these short marks in a part of the archive?"""
    tail = b""
    with archive.open(name) as part:
        while block := part.read(BLOCK):
            if any(mark in tail + block for mark in wanted):
                return True
            tail = block[-2:]
    return False


def _first(sheet: Any, rows: int = 50) -> Iterator[tuple[Any, ...]]:
    yield from sheet.iter_rows(max_row=rows, values_only=True)


def _cell(value: Any) -> str:
    """A cell's value as a CSV file would have it.

    >>> [_cell(value) for value in (None, 5.0, 0.1, True, datetime(2024, 1, 31), datetime(2024, 1, 31, 8, 5), "x")]
    ['', '5', '0.1', 'TRUE', '2024-01-31', '2024-01-31 08:05:00', 'x']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return re.sub(r"_x000D_", "", str(value))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
