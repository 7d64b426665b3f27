"""How a file is written: encoding, delimiter, header. Found from the bytes, never from the file's name."""

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from segmentation.errors import BadFileError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SAMPLE_BYTES = 1 << 18
SAMPLE_ROWS = 200
BLOCK = 1 << 20
MOST_COLUMNS = 2_000  # four times what a dataset takes: a mapping may leave columns out
_BOMS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a SQLite database"),
)
_WESTERN = re.compile(r"[\x00-\x7fÀ-ÖØ-öø-ÿ€£¥§°ºªß«»‘’“”–—…·¿¡ŠšŽžŒœŸ\xa0]*")
_ESCAPED = re.compile(r"^'(?=[=+\-@\t\r\x00])")  # how an export keeps a spreadsheet from running a text


@dataclass(frozen=True)
class Dialect:
    """How one file is written.

    ``header`` holds the column names, unique; ``header_row`` counts the rows above the first row of data
    (0: the file has no header and the columns are called ``column_1`` ...).
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    sha256: str
    size: int
    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What was recognised, for the screen and the import's record."""
        told = {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "delimiter_name": DELIMITERS[self.delimiter],
            "header_row": self.header_row,
            "columns": len(self.header),
        }
        return told | ({"sheet": self.sheet, "sheets": list(self.sheets)} if self.sheets else {})


def detect(path: Path, shown: str | None = None) -> Dialect:
    """Read the whole file once and say how it is written; messages call it `shown`, or by its own name.

    Raises
    ------
    BadFileError
        The file is missing, empty, not text, or in no encoding that can be read.
    """
    if not path.exists():
        raise BadFileError(f"there is no file {path}; check the name")
    if not path.is_file():
        raise BadFileError(f"{path} is not a file; name one CSV file")
    try:
        return _detect(path, shown or path.name)
    except PermissionError:
        raise BadFileError(f"{path} cannot be opened: permission denied") from None


def _detect(path: Path, shown: str) -> Dialect:
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadFileError(f"{shown} is empty; a header and at least one row are needed")
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise BadFileError(f"{shown} is {what}, not text; save the table as CSV (UTF-8) and import that")
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    digest, found, size = _read_through(path, shown, utf_8=encoding is None)
    encoding = encoding or found
    text = head.decode(encoding, errors="ignore")
    if "\x00" in text:
        raise BadFileError(f"{shown} holds NUL bytes: it is binary, not text; save the table as CSV (UTF-8)")
    if len(head) < size:
        text = text[: text.rfind("\n") + 1] or text  # the last row is cut
    delimiter = _delimiter(text)
    header, header_row = _header(text, delimiter)
    if len(header) > MOST_COLUMNS:
        raise BadFileError(
            f"{path.name} has {len(header):,} columns, at most {MOST_COLUMNS:,} can be read; "
            "is there a row per customer? Then keep the columns that describe them"
        )
    return Dialect(encoding, delimiter, header, header_row, digest, size)


def _read_through(path: Path, shown: str, *, utf_8: bool) -> tuple[str, str, int]:
    """sha256, encoding and size from one pass; the encoding is worth something only when `utf_8` is asked."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")() if utf_8 else None
    odd: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            if not utf_8:
                continue
            if b"\x00" in block:
                raise BadFileError(f"{shown} holds NUL bytes: it is binary, not text; save the table as CSV (UTF-8)")
            if decoder is not None:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    decoder = None
            if decoder is None and sum(map(len, odd)) < SAMPLE_BYTES:
                odd += [line for line in block.splitlines() if not line.isascii()]
    return digest.hexdigest(), "utf-8" if decoder else _guess_encoding(shown, b"\n".join(odd)[:SAMPLE_BYTES]), size


def _guess_encoding(shown: str, sample: bytes) -> str:
    """The encoding of lines that are not UTF-8; Western Windows where it makes sense, else the likeliest."""
    try:
        if _WESTERN.fullmatch(sample.decode("cp1252")):
            return "cp1252"
    except UnicodeDecodeError:
        pass
    best = from_bytes(sample).best()
    if best is None:
        raise BadFileError(f"the encoding of {shown} is not known; save it as CSV (UTF-8) and import that")
    return best.encoding


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) == SAMPLE_ROWS:
                break
    except csv.Error:  # a cell beyond csv's limit: what was read until there says enough
        pass
    return rows


def _delimiter(text: str) -> str:
    """The one that cuts most rows into as many cells as the first; more cells decide a draw."""

    def score(delimiter: str) -> tuple[float, int]:
        rows = [row for row in _rows(text, delimiter) if any(cell.strip() for cell in row)]
        width = len(rows[0]) if rows else 1
        alike = sum(len(row) == width for row in rows) / max(len(rows), 1)
        return (alike if width > 1 else 0.0, width)

    best = max(DELIMITERS, key=score)
    scores = {delimiter: score(delimiter) for delimiter in DELIMITERS}
    consistent = [delimiter for delimiter in DELIMITERS if scores[delimiter][0] >= 0.9]
    return max(consistent, key=lambda delimiter: scores[delimiter][1]) if consistent else best


def _header(text: str, delimiter: str) -> tuple[tuple[str, ...], int]:
    """Column names and how many rows stand above the data; a first row of numbers only is data."""
    rows = _rows(text, delimiter)
    first = next((number for number, row in enumerate(rows) if any(cell.strip() for cell in row)), 0)
    cells = [_ESCAPED.sub("", cell.strip()) for cell in rows[first]]
    if all(re.fullmatch(r"[\d.,:/\s-]*", cell) for cell in cells):
        return tuple(f"column_{number}" for number in range(1, len(cells) + 1)), first
    named = [cell or f"column_{number}" for number, cell in enumerate(cells, start=1)]
    return unique(named), first + 1


def unique(names: list[str]) -> tuple[str, ...]:
    """Names made unique ignoring case, by a number behind the later ones.

    >>> unique(["Age", "age", "Income", "AGE"])
    ('Age', 'age_2', 'Income', 'AGE_3')
    """
    taken = Counter(name.lower() for name in names)
    seen: set[str] = set()
    made = []
    for name in names:
        chosen, number = name, 2
        while chosen.lower() in seen or (chosen != name and chosen.lower() in taken):
            chosen, number = f"{name}_{number}", number + 1
        seen.add(chosen.lower())
        made.append(chosen)
    return tuple(made)


def with_delimiter(dialect: Dialect, path: Path, delimiter: str) -> Dialect:
    """The same file read with a delimiter that the user chose."""
    with path.open("rb") as file:
        text = file.read(SAMPLE_BYTES).decode(dialect.encoding, errors="ignore")
    header, header_row = _header(text, delimiter)
    return replace(dialect, delimiter=delimiter, header=header, header_row=header_row)
