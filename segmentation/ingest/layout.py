"""How the text of a file is laid out: what separates cells, which row names the columns, what stands around them."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from segmentation import vocabulary
from segmentation.ingest.repairs import ESCAPED, csv_way, mark_of, repaired, spaced, unquoted

csv.field_size_limit(1 << 28)  # else a cell over 128 KB is an error; texts handed to csv are bounded already

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SAMPLE_ROWS = 200
ROWS_WITH_NAMES = 3  # of a file whose header lacks one cell
ALIKE = 0.9  # of the rows are cut into the same number of cells
_DIGITS = re.compile(r"\d+")
_NUMERIC = re.compile(r"[-+($€£]*\d[\d.,:/ %)-]*|")
_IN_SINGLE = re.compile(r"(?<![^,;\t|])'(?:[^']|'')*'(?![^,;\t|\s])")
_SEPARATOR = re.compile(r"(?i)\ufeff?sep=([,;|\t])[,;|\t]*[\r\n]")  # Excel is told so in a line above the names
_NO_NAMES = frozenset({
    "\\n", "na", "n/a", "#n/a", "nan", "null", "<na>", "nat", "none", "nil", "unknown", "missing", "undefined", "n.a.",
    "-", "--", "?", ".", "#value!", "#ref!", "#div/0!", "#name?", "#num!", "inconnu", "unbekannt", "keine", "k.a.",
})  # fmt: skip
_ESCAPED = re.compile(r"^'(?=[=+\-@\t\r\x00])")  # how an export keeps a spreadsheet from running a text


@dataclass(frozen=True)
class Layout:
    """``repair``: what is done to every line before it is cut: "" nothing, "quoted" takes the quotes off lines that are
    quoted whole, "blanks" and "wide_blanks" put a TAB for each run of blanks (of two or more). ``second_header``: the
    last row above the data describes the columns once more, in the words of ``description`` where nobody said so.
    ``quote`` is what stands around cells.
    """

    delimiter: str
    header: tuple[str, ...]
    header_row: int
    unnamed: tuple[int, ...]
    repair: str = ""
    second_header: bool = False
    quote: str = '"'
    row_names: bool = False
    description: str = ""


def lay_out(
    text: str,
    delimiter: str | None = None,
    header_row: int | None = None,
    quote: str | None = None,
    second_header: bool | None = None,
) -> Layout:
    """The layout of a sample of whole rows.

    Parameters
    ----------
    delimiter : str, optional
        Chosen by the user; " " means runs of blanks.
    header_row : int, optional
        The row, counted from 1, that names the columns; 0: none does.
    quote : {'"', "'", "none", ESCAPED}, optional
        What stands around a cell; "none": a quotation mark is part of the text.
    second_header : bool, optional
        Whether the row below the names describes the columns too.

    >>> lay_out("# sold in May\\n\\nid;age\\n1;30\\n2;40\\n").header
    ('id', 'age')
    >>> lay_out('"id,age"\\n"1,30"\\n"2,40"\\n').repair, lay_out("id   age\\n1    30\\n2    40\\n").repair
    ('quoted', 'wide_blanks')
    """
    repair = "escaped" if quote == ESCAPED else ""
    mark = mark_of(quote or ("'" if _in_single_quotes(text) else '"'))
    if delimiter == " ":
        repair, delimiter = _blanks(text, mark)[0] or "blanks", "\t"
    elif quote is None and _quoted_whole(text):
        repair = "quoted"
    elif quote is None and _quoted_behind_blanks(text):
        repair = "spaced"
    text = "\n".join(repaired(text.splitlines(), repair, mark)) if repair else text
    if delimiter is None and (told := _SEPARATOR.match(text)):
        delimiter = told[1]
    if delimiter is None:
        delimiter, alike, width = _delimiter("\n".join(text.split("\n")[(header_row or 1) - 1 :]), mark)
        blanks, more = _blanks(text, mark) if alike < 1 and not repair else ("", 0)
        if blanks and more > width:
            repair, delimiter = blanks, "\t"
            text = "\n".join(repaired(text.splitlines(), repair, mark))
    rows = rows_of(text, delimiter, mark)
    header, above, unnamed = _header(rows, header_row, named=bool(second_header))
    describes = header_row != 0 and above > 0 and above < len(rows) and _describes(rows[above], rows[above + 1 :])
    second = bool(describes) if second_header is None else second_header
    names = rows[above - 1] if above else []
    description = delimiter.join(rows[above]) if second and second_header is None else ""
    row_names = unnamed[:1] == (0,) and 0 < len(names) < len(header) and bool(names[0])
    return Layout(
        delimiter, header, above + second, unnamed, repair=repair, second_header=second, quote=mark,
        row_names=row_names, description=description,
    )  # fmt: skip


def rows_of(text: str, delimiter: str, quote: str = '"') -> list[list[str]]:
    """The first 200 rows."""
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **csv_way(quote))
    try:
        for row in reader:
            rows.append(row)
            if len(rows) == SAMPLE_ROWS:
                break
    except csv.Error:  # a cell beyond csv's limit: what was read until there says enough
        pass
    return rows


def _quoted_whole(text: str) -> bool:
    lines = [line for line in text.splitlines()[:SAMPLE_ROWS] if line.strip()]
    whole = [line for line in lines if unquoted(line.rstrip()) != line.rstrip()]
    cut = [line for line in whole if any(mark in unquoted(line.rstrip()) for mark in DELIMITERS)]
    return len(lines) > 1 and len(cut) >= len(lines) / 2


def _quoted_behind_blanks(text: str) -> bool:
    """Do blanks stand between separator and quotes in nearly every row below the names?"""
    lines = [line for line in text.splitlines()[1:SAMPLE_ROWS] if line.strip()]
    return bool(lines) and sum(spaced(line) != line for line in lines) >= ALIKE * len(lines)


def _in_single_quotes(text: str) -> bool:
    """Do single quotation marks stand around cells in nearly every row below the names, and nowhere else?

    >>> _in_single_quotes("id,name\\n1,'Ann, B'\\n2,'Bob'\\n"), _in_single_quotes("id,name\\n1,O'Brien\\n2,'t Hart\\n")
    (True, False)
    """
    lines = [line for line in text.splitlines()[1:SAMPLE_ROWS] if line.strip()]
    whole = [line for line in lines if "'" not in _IN_SINGLE.sub("", line) and _IN_SINGLE.search(line)]
    return '"' not in text and bool(lines) and len(whole) >= ALIKE * len(lines)


def _delimiter(text: str, quote: str) -> tuple[str, float, int]:
    """The one that cuts most rows into equally many cells, the share of those (0: of none from the first on), how many.

    Rows above the first of that many cells may be remarks; one that needs none of them, then more cells, decide a draw.
    """
    scores: dict[str, tuple[float, bool, int]] = {}
    for delimiter in DELIMITERS:
        rows = [row for row in rows_of(text, delimiter, quote) if any(cell.strip() for cell in row)]
        width = _width(rows)
        start = next((place for place, row in enumerate(rows) if len(row) == width), 0)
        body = rows[start:]
        alike = sum(len(row) == width for row in body) / max(len(rows) if start > 10 else len(body), 1)
        scores[delimiter] = (alike if width > 1 else 0.0, start == 0, width)
    consistent = [delimiter for delimiter in DELIMITERS if scores[delimiter][0] >= ALIKE]
    if consistent:
        best = max(consistent, key=lambda delimiter: scores[delimiter][1:])
    else:
        best = max(DELIMITERS, key=scores.__getitem__)
    alike, from_the_first, width = scores[best]
    return best, alike if from_the_first else 0.0, width if alike >= ALIKE else 0


def _width(rows: list[list[str]]) -> int:
    """How many cells most rows have; the first of equals."""
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 1


def _blanks(text: str, quote: str) -> tuple[str, int]:
    """The repair for runs of blanks and how many cells it makes; ("", 0) where they do not separate cells."""
    lines = [line for line in text.splitlines()[:SAMPLE_ROWS] if line.strip()]
    if len(lines) < 2:
        return "", 0
    for repair in ("wide_blanks", "blanks"):
        widths = Counter(line.count("\t") + 1 for line in repaired(lines, repair, quote))
        width, count = widths.most_common(1)[0]
        if width > 1 and count >= ALIKE * len(lines):
            return repair, width
    return "", 0


def _header(rows: list[list[str]], asked: int | None, *, named: bool) -> tuple[tuple[str, ...], int, tuple[int, ...]]:
    """Column names, the row of the names from 1, and which columns have no name; `named`: a row does name them."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    width = _width(filled[1:] or filled)
    if asked:
        first = min(asked, len(rows)) - 1
    elif asked == 0:
        return tuple(f"column_{number}" for number in range(1, width + 1)), 0, ()
    else:
        anything = next(place for place, row in enumerate(rows) if any(row))
        first = next((place for place, row in enumerate(rows) if _could_name(row, width)), anything)
        first = _below_prose(rows, _below_remarks(rows, first, width))
    cells = [_ESCAPED.sub("", cell.strip()) for cell in rows[first]]
    if asked is None and not named and all(re.fullmatch(r"[\d.,:/\s-]*", cell) for cell in cells):
        return tuple(f"column_{number}" for number in range(1, len(cells) + 1)), first, ()
    if asked is None and not named and _is_data(cells, rows[first + 1 :]):
        return tuple(f"column_{number}" for number in range(1, len(cells) + 1)), first, ()
    if len(cells) < width:
        extra = [cell for row in filled if len(row) == width for cell in row[len(cells) :]]
        missing = [""] * (width - len(cells))
        if len(missing) == 1 and len(extra) >= ROWS_WITH_NAMES and len(extra) >= len(filled) - 1 and all(extra):
            cells = [*missing, *cells]  # R leaves the names of the rows without a name
        elif not any(cell.strip() for cell in extra):
            cells += missing
    elif len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    unnamed = tuple(place for place, cell in enumerate(cells) if not cell)
    names = [cell or f"column_{number}" for number, cell in enumerate(cells, start=1)]
    return unique(names), first + 1, unnamed


def _is_data(row: list[str], below: list[list[str]]) -> bool:
    """Has this row numbers in the columns of numbers below it, written alike, and a name above none of them?

    Years, or numbers that count on, may be names.

    >>> _is_data(["1", "Ann"], [["2", "Bob"]]), _is_data(["id", "30"], [["2", "Bob"]])
    (True, False)
    >>> _is_data(["city", "2019", "2020"], [["Ghent", "5", "7"]]), _is_data(["Ann", "1", "2"], [["Bob", "5", "7"]])
    (False, False)
    """
    below = [each for each in below if len(each) == len(row)][:100]
    columns = [[cell for each in below if (cell := each[place].strip())] for place in range(len(row))]
    numbers = [
        (cell, cells) for cell, cells in zip(row, columns, strict=True) if cells and all(map(_NUMERIC.fullmatch, cells))
    ]
    if not numbers or not all(cell and _NUMERIC.fullmatch(cell) for cell, _ in numbers):
        return False
    alike = all(_DIGITS.sub("9", cell) in {_DIGITS.sub("9", each) for each in cells} for cell, cells in numbers)
    whole = [int(cell) for cell, _ in numbers if cell.isascii() and cell.isdigit()]
    years = len(whole) == len(numbers) and all(1900 <= number <= 2100 for number in whole)
    counting = len(whole) == len(numbers) > 1 and whole == list(range(whole[0], whole[0] + len(whole)))
    return alike and not years and not counting


def _could_name(row: list[str], width: int) -> bool:
    """A title or remark above the table fills fewer cells than the table has columns."""
    if (len(row) == 1 and width > 1) or (row and row[0].lower() == "sep=" and not any(row[1:])):
        return False
    names = sum(bool(cell.strip()) for cell in row)
    return names > 0 and (width <= 2 or names >= width / 2) and (width == 1 or len(row) >= width - 1)


def _below_remarks(rows: list[list[str]], first: int, width: int) -> int:
    """The row of the names where lines that begin with # may be remarks, though they are cut like names.

    >>> _below_remarks([["# sold", " in May"], ["id", "age"], ["1", "30"]], 0, 2)
    1
    >>> _below_remarks([["# a", " b"], ["#id", "age"], ["1", "3"]], 0, 2)
    1
    >>> _below_remarks([["#", "age"], ["1", "3"]], 0, 2)
    0
    """
    below, names = first, first
    while below < len(rows) and (not any(rows[below]) or rows[below][0].lstrip().startswith("#")):
        names = below if _could_name(rows[below], width) else names
        below += 1
    if below == first or below == len(rows) or not _could_name(rows[below], width):
        return names
    data = any(cell.strip() and _NUMERIC.fullmatch(cell.strip()) for cell in rows[below])
    return names if data or re.fullmatch(r"#\w*", rows[names][0].strip()) else below


def _below_prose(rows: list[list[str]], first: int) -> int:
    """The row of the names where the one above it, cut like them, is a sentence.

    >>> _below_prose([["Customers of the shop", " May 2024"], ["id", "age"], ["1", "30"]], 0)
    1
    >>> _below_prose([["How old are you?", " age"], ["young", "ten"], ["1", "30"]], 0)
    0
    """
    below = first + 1
    if below + 1 >= len(rows) or len(rows[first]) != len(rows[below]):
        return first
    prose = any(cell[:1] == " " or len(cell.split()) > 2 for cell in rows[first])
    told, named = (sum(vocabulary.match(cell.strip()) is not None for cell in rows[row]) for row in (first, below))
    words = all(cell.strip() and not _NUMERIC.fullmatch(cell.strip()) for cell in rows[below])
    return below if prose and words and told == 0 and named >= len(rows[below]) / 2 else first


def _describes(row: list[str], data: list[list[str]]) -> bool:
    """Is this a second header row: words where every row below has a number, in most such columns and at least two?

    Words for no value name nothing, and a row with a cell that is numbered like those below it is a customer.
    """
    data = [each for each in data if len(each) == len(row)][:100]
    if len(data) < 5 or any(cell.strip().lower() in _NO_NAMES for cell in row):
        return False
    numbered = [(cell, [each[place] for each in data]) for place, cell in enumerate(row) if _DIGITS.search(cell)]
    if any(_shape(cell) in set(map(_shape, cells)) and len(set(cells)) == len(cells) for cell, cells in numbered):
        return False
    columns = [
        place
        for place in range(len(row))
        if sum(_NUMERIC.fullmatch(each[place].strip()) is not None for each in data) >= 0.95 * len(data)
        and any(each[place].strip() for each in data)
    ]
    words = [place for place in columns if row[place].strip() and not _NUMERIC.fullmatch(row[place].strip())]
    return len(words) >= 2 and len(words) >= 0.6 * len(columns)


def _shape(cell: str) -> str:
    return _DIGITS.sub("9", cell.strip())


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
