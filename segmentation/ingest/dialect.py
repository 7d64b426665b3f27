"""How a file is written: encoding, delimiter, header. Found from the bytes, never from the file's name."""

import codecs
import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from segmentation.errors import BadFileError
from segmentation.ingest.encodings import guess, refuse_damaged
from segmentation.ingest.foreign import refuse_foreign
from segmentation.ingest.layout import DELIMITERS, lay_out
from segmentation.ingest.reading import AS_DETECTED, Reading
from segmentation.ingest.repairs import ESCAPED, ESCAPES, mark_of
from segmentation.ingest.shifted import refuse_shifted

SAMPLE_BYTES = 1 << 18
FEW_LINES, LARGEST_SAMPLE = 5, 1 << 22
LARGEST_CELL = 1 << 24  # bytes of a cell with line breaks
MOST_NULS = 0.01  # of the bytes, and of other control characters; more: not a text
_CONTROL = frozenset(map(chr, {*range(1, 32)} - {9, 10, 11, 12, 13, 26}))
BLOCK = 1 << 20
MOST_COLUMNS = 10_000  # many times what a dataset takes: a mapping leaves columns out
_BOMS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Dialect:
    """How one file is written.

    ``header`` holds the column names, unique; ``header_row`` counts the rows above the first row of data
    (0: the file has no header and the columns are called ``column_1`` ...). ``quote`` is what stands around a cell, or
    "none"; ``second_header``: the last row above the data describes the columns once more, in the words of
    ``description`` where nobody said so; ``row_names``: the first cell of every row stands under no name of its own,
    and the names begin with the second; ``wrapped``: some cells may be written ="001";
    ``empty_formulas``: cells of a workbook, ``first_formula`` the first, whose formulas have no value yet;
    ``remembered``: the choices were made for an earlier file with these columns.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    sha256: str
    size: int
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    unnamed: tuple[int, ...] = ()
    repair: str = ""
    nuls: int = 0
    longest: int = 0
    quote: str = '"'
    second_header: bool = False
    row_names: bool = False
    wrapped: bool = False
    description: str = ""
    empty_formulas: int = 0
    first_formula: str = ""
    remembered: bool = False
    guessed: str = ""  # the signature without the user's choices
    choices: Reading = AS_DETECTED
    rejected_from: str = ""  # of a file of rejected rows: how the hash begins of the one they are of
    orders: dict[str, str] = field(default_factory=dict)  # by header, "day" or "month" first in files before

    @property
    def signature(self) -> str:
        """Names files with the same columns and separator: another program writes the same columns another way."""
        return hashlib.sha256("\x1f".join((self.delimiter, *self.header)).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """What was recognised, for the screen and the import's record."""
        told = {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "delimiter_name": "runs of blanks" if "blanks" in self.repair else DELIMITERS[self.delimiter],
            "header_row": self.header_row,
            "columns": len(self.header),
            "quote": ESCAPED if self.repair == "escaped" else self.quote,
            "second_header": self.second_header,
        }
        if self.repair == "quoted":
            told["quoted_lines"] = True
        if chosen := {name: value for name, value in asdict(self.choices).items() if value not in (None, {})}:
            told["choices"] = chosen
        if self.remembered:
            told["remembered"] = True
        return told | ({"sheet": self.sheet, "sheets": list(self.sheets)} if self.sheets else {})


def detect(path: Path, shown: str | None = None, reading: Reading = AS_DETECTED) -> Dialect:
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
        return _detect(path, shown or path.name, reading)
    except PermissionError:
        raise BadFileError(f"{path} cannot be opened: permission denied") from None


def _detect(path: Path, shown: str, reading: Reading) -> Dialect:
    head = _head(path, mark_of(reading.quote or '"').encode())
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadFileError(f"{shown} is empty; a header and at least one row are needed")
    refuse_foreign(head, shown)
    encoding = reading.encoding or next((name for bom, name in _BOMS if head.startswith(bom)), None)
    encoding = encoding or _without_mark(head)
    seen = _read_through(path, shown, utf_8=encoding is None)
    if seen.nuls and not (encoding or "").startswith("utf-") and seen.nuls > MOST_NULS * seen.size:
        raise _binary(shown)
    encoding = encoding or seen.encoding
    wide = encoding.startswith(("utf-16", "utf-32"))
    text = (head if wide else head.replace(b"\0", b"")).decode(encoding, errors="ignore")
    if len(head) < seen.size:
        text = text[: text.rfind("\n") + 1] or text  # the last row is cut
    if sum(character in _CONTROL for character in text) > MOST_NULS * len(text):
        raise _binary(shown)
    quote = reading.quote or (ESCAPED if seen.escaped or ESCAPES.search(text.encode()) else None)
    layout = lay_out(text, reading.delimiter, reading.header_row, quote, reading.second_header)
    if reading.header_row is None and not layout.repair:
        refuse_shifted(shown, text, layout)
    _refuse_impossible(shown, layout.delimiter, reading)
    reading = replace(reading, dates={_called(layout.header, name): first for name, first in reading.dates.items()})
    if len(layout.header) > MOST_COLUMNS:
        raise BadFileError(
            f"{shown} has {len(layout.header):,} columns, at most {MOST_COLUMNS:,} can be read; "
            "is there a row per customer? Then keep the columns that describe them"
        )
    return Dialect(
        encoding, layout.delimiter, layout.header, layout.header_row, seen.sha256, seen.size, unnamed=layout.unnamed,
        repair=layout.repair, nuls=0 if wide else seen.nuls, longest=seen.longest, choices=reading,
        quote=layout.quote, second_header=layout.second_header, row_names=layout.row_names, wrapped=seen.wrapped,
        description=layout.description,
    )  # fmt: skip


def _called(header: Sequence[str], name: str) -> str:
    """The column of this name, whatever its case; the name itself where there is none.

    >>> _called(("ID", "Joined"), "joined"), _called(("id", "ID"), "Id")
    ('Joined', 'Id')
    """
    alike = [each for each in header if each.lower() == name.lower()]
    return alike[0] if name not in header and len(alike) == 1 else name


def _head(path: Path, quote: bytes) -> bytes:
    """The beginning of the file, with some whole rows after a cell that is longer than all of it otherwise."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        while head.count(b"\n") < FEW_LINES and len(head) < LARGEST_SAMPLE and (more := file.read(SAMPLE_BYTES)):
            head += more  # the names alone may be longer
        beginning = len(head)
        while quote in (b'"', b"'") and head.count(quote) % 2 and len(head) < LARGEST_CELL:
            more = file.read(SAMPLE_BYTES)
            if not more:
                return head[:beginning]  # never closed: another character there
            head += more
    if len(head) == beginning:
        return head
    cell = rb"%b(?:[^%b]++|%b%b)*+%b" % ((quote,) * 5)
    return re.sub(cell, lambda found: found[0] if len(found[0]) < SAMPLE_BYTES // 4 else quote * 2, head)


def _refuse_impossible(shown: str, delimiter: str, reading: Reading) -> None:
    """Without quotes nothing within a cell can be what separates the cells."""
    for what, mark in (("decimals", reading.decimal), ("thousands", reading.thousands)):
        if reading.quote == "none" and mark == delimiter:
            raise BadFileError(
                f"{shown}: {mark!r} cannot mark {what} and separate the cells where nothing is in quotes; "
                "choose another mark, separator or quotation mark"
            )


def _binary(shown: str) -> BadFileError:
    return BadFileError(
        f"{shown} is not a text table (it looks like a picture or another binary file). "
        "Nothing was stored; save the table as CSV and choose it again"
    )


@dataclass
class _Seen:
    sha256: str = ""
    encoding: str = ""
    size: int = 0
    nuls: int = 0
    longest: int = 0  # bytes of a row, about: without a line's end outside quotation marks
    escaped: bool = False
    wrapped: bool = False


def _read_through(path: Path, shown: str, *, utf_8: bool) -> _Seen:
    """What one pass over the file tells; the encoding is worth something only when `utf_8` is asked."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")() if utf_8 else None
    odd: list[bytes] = []
    seen, lines, some = _Seen(), 0, False
    running = 0
    record, longest_record, inside = 0, 0, False
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            seen.size += len(block)
            seen.nuls += block.count(0)
            seen.wrapped = seen.wrapped or b'="' in block
            seen.escaped = seen.escaped or (b'\\"' in block and ESCAPES.search(block) is not None)
            end = block.find(b"\n")
            running = running + len(block) if end < 0 else running + end
            seen.longest = max(seen.longest, running)
            running = running if end < 0 else len(block) - block.rfind(b"\n")
            first, last, inside = _row_ends(block, inside)
            record += len(block) if first < 0 else first
            longest_record = max(longest_record, record)
            record = record if first < 0 else len(block) - last
            if not utf_8:
                continue
            if decoder is not None:
                try:
                    decoder.decode(block, final=len(block) < BLOCK)
                    some = some or not block.isascii()
                    lines += block.count(b"\n")
                except UnicodeDecodeError as error:
                    decoder = None
                    refuse_damaged(error, shown, lines, other_words=some)
            if decoder is None and sum(map(len, odd)) < SAMPLE_BYTES:
                odd += [line for line in block.splitlines() if not line.isascii()]
    if not inside:  # else a quotation mark stands for something else, inches say
        seen.longest = max(seen.longest, min(longest_record, LARGEST_CELL))
    seen.sha256 = digest.hexdigest()
    if utf_8:
        seen.encoding = "utf-8" if decoder else _guess_encoding(shown, b"\n".join(odd)[:SAMPLE_BYTES])
    return seen


def _row_ends(block: bytes, inside: bool) -> tuple[int, int, bool]:
    """The first and last line's end outside quotation marks, -1 without one, and whether the block ends inside them.

    >>> _row_ends(b'a"b\\n"\\nc\\n"d', False), _row_ends(b"a\\nb", True)
    ((5, 7, True), (-1, -1, True))
    """
    ends = inside ^ (block.count(b'"') % 2 == 1)
    first, start, within = -1, 0, inside
    while first < 0 and start < len(block):
        mark = block.find(b'"', start)
        stop = len(block) if mark < 0 else mark
        first = -1 if within else block.find(b"\n", start, stop)
        start, within = stop + 1, not within
    last, stop, within = -1, len(block), ends
    while first >= 0 and last < 0 and stop > 0:
        mark = block.rfind(b'"', 0, stop)
        last = -1 if within else block.rfind(b"\n", mark + 1, stop)
        stop, within = mark, not within
    return first, last, ends


def _guess_encoding(shown: str, sample: bytes) -> str:
    """The encoding of lines that are not UTF-8."""
    found = guess(sample)
    if found is None:
        raise BadFileError(f"the encoding of {shown} is not known; save it as CSV (UTF-8) and import that")
    return found


def _without_mark(data: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of ASCII text is NUL."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if odd > 0.3 * len(data) / 2 and even < odd / 10:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 * len(data) / 2 and odd < even / 10 else None
