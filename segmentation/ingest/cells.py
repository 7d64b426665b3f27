"""The cells of a file on their way through the parser: lines put right before it, values trimmed after it."""

import csv
import io
import re
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from segmentation.ingest.dialect import Dialect
from segmentation.ingest.repairs import csv_way, repaired

MISSING_WORDS = pa.array(["", "\\n", "na", "n/a", "#n/a", "nan", "null", "<na>", "nat"])
LONGEST_MISSING = 4
TRIMMED = " \t\r\n\x1a\u00a0"  # DOS ends a file with \x1a
_TELLING = b"nN'" + TRIMMED.encode("latin-1")  # every missing word but the empty one has an n
_PLAIN = bytes(set(range(256)) - set(_TELLING))


RULED = re.compile(r"[-+=| :]*-{3}[-+=| :]*")  # a line drawn between the names and the rows, or below them


class Repaired(io.RawIOBase):
    """A file without its NUL bytes, in its encoding; or, its lines put right, in UTF-8.

    See `segmentation.ingest.layout.Layout.repair`.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect) -> None:
        self._file, self._repair, self._quote = file, dialect.repair, dialect.quote
        self._text = io.TextIOWrapper(file, dialect.encoding, newline="\n") if dialect.repair else None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """About `size` bytes; whole lines where lines are put right."""
        if self._text is None:
            return self._file.read(size).replace(b"\0", b"")
        lines = [line.replace("\0", "") for line in self._text.readlines(size)]
        return "".join(f"{line}\n" for line in repaired(lines, self._repair, self._quote)).encode()


def cell_values(column: pa.Array, *, wrapped: bool = False) -> pa.Array:
    """Trimmed text; null where there is no value. An export's guard against formulas is taken off.

    `wrapped`: cells may be written ="001", so that a spreadsheet keeps their zeros.

    >>> cell_values(pa.array([" 5", "n/a", "", "'=A1"])).to_pylist(), cell_values(pa.array(["5", ""])).to_pylist()
    (['5', None, None, '=A1'], ['5', None])
    """
    if not wrapped and not raw(column).translate(None, _PLAIN):  # most columns of numbers, dates and codes
        empty = pc.equal(pc.binary_length(column), 0)
        return pc.if_else(empty, pa.scalar(None, pa.string()), column) if pc.any(empty).as_py() else column
    wide = pc.any(pc.match_substring(column, "\u00a0")).as_py()  # else three times as fast
    column = pc.utf8_trim(column, TRIMMED) if wide else pc.ascii_trim(column, TRIMMED.rstrip("\u00a0"))
    if wrapped:
        column = pc.replace_substring_regex(column, r'^="([^"]*)"$', r"\1")
    short = pc.less_equal(pc.binary_length(column), LONGEST_MISSING)
    if pc.any(short).as_py():
        missing = pc.and_(short, pc.is_in(pc.ascii_lower(column), MISSING_WORDS))
        column = pc.if_else(missing, pa.scalar(None, pa.string()), column)
    if pc.any(pc.starts_with(column, "'")).as_py():
        column = pc.replace_substring_regex(column, r"^'([=+\-@\t\r\x00])", r"\1")
    return column


def raw(column: pa.Array) -> bytes:
    """The cells of a column of texts one after the other; of a slice, those around it too."""
    data = column.buffers()[2]
    return b"" if data is None else bytes(data.to_pybytes())


def cut(text: str, delimiter: str, quote: str) -> list[str]:
    """The cells of a row as it stands in the file."""
    return next(csv.reader([text], delimiter=delimiter, **csv_way(quote)), [])


def ends_quoted(path: Path, quote: str) -> bool:
    """Is a quotation mark the last thing in the file?"""
    mark = quote.encode()
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 64, 0))
        return file.read().rstrip(b"\r\n\x00 ").endswith((mark, mark + b"\x00"))


def python_name(encoding: str) -> str:
    """The encoding as pyarrow is told it."""
    return "utf8" if encoding in ("utf-8", "utf-8-sig") else encoding  # pyarrow drops the mark itself


def _odd_quotes(path: Path, quote: str) -> bool:
    """Has a quotation mark no partner in the file?"""
    with path.open("rb") as file:
        return sum(block.count(quote.encode()) for block in iter(lambda: file.read(1 << 20), b"")) % 2 == 1


def reason(path: Path, dialect: Dialect, error: Exception) -> str:
    """Why the parser gave up, in a sentence of ours."""
    text = " ".join(str(error).split())
    if "straddling" in text:
        if _odd_quotes(path, dialect.quote):
            return f"{path.name} has a quotation mark that is never closed; close or remove it"
        return f"{path.name} has a cell with line breaks of more than 16 MB, more than can be read; shorten it"
    row = re.search(r"Row #(\d+)", text)
    if "UTF8" in text or "UTF-8" in text or isinstance(error, UnicodeDecodeError):
        return f"{path.name} is not {dialect.encoding} throughout; save it as CSV (UTF-8) and import that"
    where = f" near row {int(row.group(1)) - dialect.header_row}" if row else ""
    return f"{path.name} cannot be read{where}: {text}"
