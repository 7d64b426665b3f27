"""What kind each staged column is, judged over the whole file, and the SQL that turns its text into values.

A kind is decided by a tolerant majority: when nearly all cells are numbers (or dates), the few that are
not become problems of their rows, not a reason to call the column text.
"""

import re
from dataclasses import dataclass, replace

from segmentation.ingest.dates import (
    BOTH,
    COUNTED,
    DATE_STYLES,
    ELSE,
    LATEST,
    LOOKS,
    MIXED,
    ORDERS,
    PACKED,
    YEAR_FIRST,
    date_expression,
    example_of,
    fits_date,
    is_zoned,
)  # fmt: skip
from segmentation.ingest.numbers import BESIDE, beside_plain, chosen_style, number_expression, number_style
from segmentation.ingest.sampling import groups, is_counted_by_cells, sample_of, set_rows_apart
from segmentation.ingest.staging import Staging
from segmentation.vocabulary import Entry

MAJORITY = 0.95  # of the cells with a value
MAJORITY_WHEN_EXPECTED = 0.5  # where the column's name says the kind already
CODES = 0.01  # of the cells start with a zero like 0123: codes, not numbers
FEW_LEVELS = 50
MOST_LEVELS = 1000  # where the column's name says that it is a category
SLIPS = 0.05  # of the dates in one order of day and month are in the other by mistake
SAMPLE_DATES = 300
FEWEST_PACKED = 3  # numbers that are all days like 20240131: one in a hundred of eight digits is, by chance
FLAG_WORDS = {"1": True, "0": False, "yes": True, "no": False, "y": True, "n": False,
              "true": True, "false": False, "t": True, "f": False, "on": True, "off": False, "ja": True, "nein": False,
              "nee": False, "nej": False, "oui": True, "non": False, "sí": True, "si": True, "sim": True, "não": False,
              "tak": True, "nie": False, "да": True, "нет": False, "wahr": True, "falsch": False, "vrai": True,
              "faux": False, "verdadero": True, "falso": False, "verdadeiro": True, "vero": True}  # fmt: skip
_FLAG_PAIRS = (
    {"0", "1"}, {"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"}, {"on", "off"}, {"ja", "nein"}, {"ja", "nee"},
    {"ja", "nej"}, {"oui", "non"}, {"sí", "no"}, {"si", "no"}, {"sim", "não"}, {"tak", "nie"}, {"да", "нет"},
    {"wahr", "falsch"}, {"vrai", "faux"}, {"verdadero", "falso"}, {"verdadeiro", "falso"}, {"vero", "falso"},
)  # fmt: skip
NO_VALUE = ("-", "--", "—", "?", ".", "n.a.", "none", "k.a.", "0000-00-00",
            "0000-00-00 00:00:00")  # fmt: skip

_DATE_NAME = re.compile(r"(?i)date|datum|_on$|_at$|(^|_)dt(_|$)|since")
_NO_DAY_NAME = re.compile(  # numbers that only look like days
    r"(?i)(^|[^a-z])(id|key|nr|no|num|number|nummer|numero|code|ref|reference|amount|price|sum|total|value|count|"
    r"sales|revenue|spend|income|balance|qty|quantity|phone|invoice|order)([^a-z]|$)|\Bid$|[a-z](ID|Id|No|Nr)$"
)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


@dataclass(frozen=True)
class ColumnType:
    """Kind of a column and how it is written.

    ``style``: of a number ``plain`` or, with its marks, like ``1,234.5`` or ``1 234,5``; of a date ``iso`` or the
    strptime format that shows the order of day, month and year, behind ``mixed`` where some cells are written in
    another way; otherwise empty. ``ambiguous``: every date can be read day first and month first; read day first.
    ``by_earlier``: an earlier file of the dataset told which. ``zoned``: some times name a zone, and are turned into
    UTC. ``until``: the last year that two digits mean.
    """

    kind: str
    style: str = ""
    ambiguous: bool = False
    zoned: bool = False
    until: int = LATEST
    by_earlier: bool = False

    def expression(self, column: str) -> str:
        """SQL for the value in `column` (text, NULL when missing); NULL where the text does not fit."""
        if self.kind == "number":
            return number_expression(column, self.style)
        if self.kind == "flag":
            yes, no = (
                ", ".join(f"'{word}'" for word, value in FLAG_WORDS.items() if value is side) for side in (True, False)
            )
            word = f"lower({column})"
            return f"CASE WHEN {word} IN ({yes}, '1.0') THEN true WHEN {word} IN ({no}, '0.0') THEN false END"
        if self.kind == "date":
            return date_expression(column, self.style, zoned=self.zoned, until=self.until)
        return column

    @property
    def usual(self) -> "ColumnType | None":
        """How most of a column of dates written in several ways are written; None: they are written in one."""
        if not self.style.startswith(MIXED):
            return None
        return ColumnType("date", self.style.removeprefix(MIXED).partition(ELSE)[0])

    @property
    def unsettled(self) -> bool:
        """Are there dates that only the user can tell day from month in?"""
        return self.ambiguous or self.style.endswith(BOTH)

    @property
    def expected(self) -> str:
        """What a cell must be, in words."""
        if self.kind == "number":
            style = self.style.removeprefix(BESIDE)
            return "a number" if style in ("", "plain") else f"a number like {style}"
        if self.kind == "flag":
            return "yes or no (also 1/0, true/false, y/n)"
        if self.kind == "date":
            if self.style.endswith(BOTH):
                return "a date that tells its day from its month, or the word which of them comes first"
            style = self.style.removeprefix(MIXED).partition(ELSE)[0]
            return example_of(style)
        return "text"


@dataclass(frozen=True)
class ColumnFacts:
    """Counts over the whole file: cells with a value, those that are plain numbers, distinct values (about)."""

    filled: int
    numbers: int
    distinct: int


def facts(staging: Staging) -> list[ColumnFacts]:
    """One `ColumnFacts` per column; of a large file the samples need them counted first."""
    if is_counted_by_cells(staging):
        return _facts_by_cells(staging)
    found = []
    for piece in staging.pieces():
        parts = [
            f"count(c{place}), count({number_expression(f'c{place}', 'plain')}), approx_count_distinct(c{place})"
            for place in piece
        ]
        counts = staging.rows_of(f"SELECT {', '.join(parts)} FROM staged")[0]
        found += [ColumnFacts(*counts[start : start + 3]) for start in range(0, len(counts), 3)]
    set_rows_apart(staging)
    return found


def _facts_by_cells(staging: Staging) -> list[ColumnFacts]:
    """The cells of many columns below each other: what each column costs beside its cells would be the most."""
    found: dict[str, ColumnFacts] = {}
    for group in groups(staging):
        columns = ", ".join(f"c{place}" for place in group)
        counted = staging.rows_of(
            f"SELECT place, count(*), count({number_expression('cell', 'plain')}), count(DISTINCT cell) FROM "
            f"(UNPIVOT (SELECT {columns} FROM staged) ON {columns} INTO NAME place VALUE cell) GROUP BY place"
        )
        found |= {place: ColumnFacts(*counts) for place, *counts in counted}
    return [found.get(f"c{place}", ColumnFacts(0, 0, 0)) for place in range(len(staging.dialect.header))]


def says_no_value(cell: str) -> str:
    """SQL: does this cell of a number, date or flag only say that there is none?"""
    words = ", ".join(f"'{word}'" for word in NO_VALUE)
    return f"lower({cell}) IN ({words})"


def column_type(staging: Staging, place: int, counts: ColumnFacts, hint: Entry | None = None) -> ColumnType:
    """The kind of column `place`; `hint` is what its name usually means."""
    hinted = hint.kind if hint else ""
    if counts.filled == 0:
        return ColumnType(hinted or "text", {"number": "plain", "date": "iso"}.get(hinted, ""))
    cells = sample_of(staging, place)
    if staging.dialect.header[place] in staging.dialect.choices.dates:
        return _date_as_written(staging, place, cells, counts) or ColumnType("date", "iso")
    flags = hinted not in ("number", "text") and _is_flag(staging, place, cells, counts)
    if flags and hinted != "category":
        return ColumnType("flag")
    header = staging.dialect.header[place]
    if hinted == "date" or _DATE_NAME.search(header) or counts.numbers < counts.filled / 2:
        dated = _date_as_written(staging, place, cells, counts)
        if dated and _enough(staging, place, dated, counts, hinted == "date" and dated.usual is not None):
            return dated
        counted = _counted_days(staging, place, counts)
        if counted is not None:
            return counted
    elif hint is None and not _NO_DAY_NAME.search(header) and _all_packed_days(staging, place, cells, counts):
        return ColumnType("date", PACKED)
    codes = hinted in ("category", "text") or (hinted != "number" and _are_codes(staging, place, cells, counts))
    if not codes and not (hinted != "number" and _too_long(staging, place, cells, counts)):
        number = _number_type(staging, place, cells)
        if _enough(staging, place, number, counts, hinted == "number"):
            return number
    few = MOST_LEVELS if hinted == "category" else FEW_LEVELS
    repeats = counts.distinct <= counts.filled / 2 or hinted == "category" or counts.distinct < counts.filled <= 20
    return ColumnType("category" if hinted != "text" and counts.distinct <= few and repeats else "text")


def fitting_type(staging: Staging, place: int, kind: str) -> ColumnType:
    """How column `place` writes values of a `kind` that is settled already, by an attribute that exists."""
    if kind == "number":
        return _number_type(staging, place, sample_of(staging, place))
    if kind == "date":
        counts = ColumnFacts(*staging.rows_of(f"SELECT count(c{place}), 0, 0 FROM staged")[0])
        return _date_as_written(staging, place, sample_of(staging, place), counts) or ColumnType("date", "iso")
    return ColumnType(kind)


def _date_as_written(staging: Staging, place: int, sample: list[str], counts: ColumnFacts) -> ColumnType | None:
    """The way dates are written in column `place`; several ways where one does not fit all cells that several fit."""
    dated = _date_type(staging, place, sample)
    if dated is None:
        return None
    if (fit := _fitting(staging, place, dated)) < counts.filled:
        several = _mixed(staging, place, dated)
        dated = several if _fitting(staging, place, several) > fit else dated
    return replace(dated, zoned=True) if _tells_zones(staging, place) else dated


def _tells_zones(staging: Staging, place: int) -> bool:
    """Does any time of day name its zone? Days that a program wrote as midnight of some zone stay these days."""
    zoned = rf"{is_zoned(f'c{place}')} AND NOT regexp_matches(c{place}, '[ T]00:00(:00(\.0+)?)?[^0-9:.]')"
    return bool(staging.rows_of(f"SELECT count(*) > 0 FROM staged WHERE {zoned}")[0][0])


def _fitting(staging: Staging, place: int, guess: ColumnType) -> int:
    """How many cells are of this type, those included that only the user can settle."""
    style = guess.style.replace(f"{ELSE}{BOTH}", f"{ELSE}{ORDERS[guess.usual == ColumnType('date', ORDERS[0])]}")
    value = ColumnType(guess.kind, style).expression(f"c{place}")
    return int(staging.rows_of(f"SELECT count({value}) FROM staged")[0][0])


def _all_packed_days(staging: Staging, place: int, sample: list[str], counts: ColumnFacts) -> bool:
    """Is every number in this column a day like 20240131, and are they too many for that to be chance?"""
    if counts.numbers < counts.filled or counts.filled < FEWEST_PACKED:
        return False
    if not all(LOOKS[PACKED].match(text) for text in sample):
        return False  # without reading a million cells
    value = date_expression(f"c{place}", PACKED)
    day = f"regexp_full_match(c{place}, '{LOOKS[PACKED].pattern}') AND ({value}) IS NOT NULL"
    return bool(staging.rows_of(f"SELECT count(*) FILTER ({day}) FROM staged")[0][0] == counts.filled)


def _counted_days(staging: Staging, place: int, counts: ColumnFacts) -> ColumnType | None:
    """Days as a spreadsheet counts them, or moments as programs do, where every cell can be one."""
    for style in COUNTED if 0 < counts.numbers == counts.filled else ():
        if _fitting(staging, place, ColumnType("date", style)) == counts.filled:
            return ColumnType("date", style)
    return None


def _number_type(staging: Staging, place: int, sample: list[str]) -> ColumnType:
    """As the user says numbers are written, else as most of these are."""
    dialect, choices = staging.dialect, staging.dialect.choices
    if dialect.sheets:  # its numbers are written out plain, whatever the marks in its texts
        style = number_style(sample, dialect.delimiter)
        if style == "plain":
            return ColumnType("number", beside_plain(sample, choices.decimal, choices.thousands))
    style = chosen_style(sample, choices.decimal, choices.thousands, dialect.delimiter)
    if style == "plain" and choices.decimal != "." and choices.thousands in (None, "."):
        style = _points_part_thousands(staging, place, sample) or style
    return ColumnType("number", style)


def _points_part_thousands(staging: Staging, place: int, sample: list[str]) -> str:
    """The style of 1.234 as a thousand, where the user or another column says that a comma marks the decimals."""
    said = staging.dialect.choices.decimal or staging.dialect.choices.thousands
    share = MAJORITY if said else 1.0
    marked = [text for text in sample if "." in text or "," in text]
    if not marked or sum(_GROUPED.fullmatch(text) is not None for text in marked) < share * len(marked):
        return ""
    fits = f"count({number_expression(f'c{place}', '1.234,5')})"
    cells, fit = staging.rows_of(
        f"SELECT count(*), {fits} FROM staged WHERE c{place} LIKE '%.%' OR c{place} LIKE '%,%'"
    )[0]
    return "1.234,5" if fit >= share * cells and (said or _has_decimal_commas(staging)) else ""


def _has_decimal_commas(staging: Staging) -> bool:
    """Does any column write its numbers like 2,50, which no comma between thousands does?"""
    for piece in staging.pieces():
        parts = (
            f"count(*) FILTER (contains(c{place}, ',')), "
            f"count(*) FILTER (regexp_full_match(c{place}, '[^0-9A-Za-z]*[0-9][0-9.]*,[0-9]{{1,2}}[^0-9]*'))"
            for place in piece
        )
        counts = staging.rows_of(f"SELECT {', '.join(parts)} FROM staged")[0]
        if any(fit and fit >= MAJORITY * cells for cells, fit in zip(counts[::2], counts[1::2], strict=True)):
            return True
    return False


def _date_type(staging: Staging, place: int, sample: list[str]) -> ColumnType | None:
    """As the user says dates are written, else as most of these are."""
    first = staging.dialect.choices.dates.get(staging.dialect.header[place])
    if first is not None:
        return ColumnType("date", {"day": "%d/%m/%Y", "month": "%m/%d/%Y", "year": "iso"}[first])
    dated = date_style(sample)
    if dated is None or dated.style not in ORDERS:
        return dated
    counted = ", ".join(f"count({date_expression(f'c{place}', style)})" for style in ORDERS)
    day, month = staging.rows_of(f"SELECT {counted} FROM staged")[0]  # one late 12/25 settles a whole file
    known = staging.dialect.orders.get(staging.dialect.header[place])
    if day == month and known:
        return ColumnType("date", ORDERS[known == "month"], by_earlier=True)
    return ColumnType("date", ORDERS[month > day], ambiguous=day == month)


def _mixed(staging: Staging, place: int, dated: ColumnType) -> ColumnType:
    """Any other way of writing a date besides.

    The order that the user says holds for every row. Else, of days and months in numbers, those that only one order
    makes a date of say which order the rest has; where both orders have many such, or none has any and the column's
    usual way is another, the rest is for the user to settle.
    """
    own = dated.style
    if (said := staging.dialect.choices.dates.get(staging.dialect.header[place])) is not None:
        return ColumnType("date", f"{MIXED}{own}{ELSE}{YEAR_FIRST}" if said == "year" else f"{MIXED}{own}")
    day, month = (date_expression(f"c{place}", order) for order in ORDERS)
    only_day, only_month, either = staging.rows_of(
        f"SELECT count({day}) FILTER (({month}) IS NULL), count({month}) FILTER (({day}) IS NULL), "
        f"count({day}) FILTER (({day}) <> ({month})) FROM staged"
    )[0]
    few, many = sorted((only_day, only_month))
    usual = ORDERS[only_month > only_day]
    if few > SLIPS * many:
        other = BOTH
    elif own in ORDERS:
        other = ""
    else:
        other = usual if many or not either else BOTH
    return ColumnType("date", f"{MIXED}{own}{ELSE}{other}" if other else f"{MIXED}{own}", dated.ambiguous and not few)


def date_style(sample: list[str]) -> ColumnType | None:
    """The way of writing dates that fits most of these texts, if it fits half of them, or one or other fits nearly all.

    >>> date_style(["04-09-2012", "21-08-2013"]).style, date_style(["6/16/14"]).style, date_style(["2012-09-04"]).style
    ('%d/%m/%Y', '%m/%d/%Y', 'iso')
    >>> date_style(["04/05/2012"]).ambiguous, date_style(["abc"]) is None
    (True, True)
    """
    if not sample:
        return None
    sample = sample[:SAMPLE_DATES]
    fits = {style: sum(fits_date(text, style) for text in sample) for style in DATE_STYLES}
    best = max(DATE_STYLES, key=fits.__getitem__)  # the first of equals: day before month
    if fits[best] < len(sample) / 2 and sum(any(fits_date(text, each) for each in fits) for text in sample) < (
        MAJORITY * len(sample)
    ):
        return None
    return ColumnType("date", best, ambiguous=best == "%d/%m/%Y" and fits["%m/%d/%Y"] == fits[best])


def _is_flag(staging: Staging, place: int, cells: list[str], counts: ColumnFacts) -> bool:
    if counts.distinct > 8:  # the count of distinct values is an estimate, close for few
        return False
    words = {cell.lower() for cell in cells}
    if len(cells) < counts.filled and any(words <= pair for pair in _FLAG_PAIRS):  # perhaps not all of the file
        found = staging.rows_of(f"SELECT DISTINCT lower(c{place}) FROM staged WHERE c{place} IS NOT NULL LIMIT 8")
        words = {word for (word,) in found}
    return any(words <= pair for pair in _FLAG_PAIRS)


def _are_codes(staging: Staging, place: int, cells: list[str], counts: ColumnFacts) -> bool:
    """Do more cells than a few slips begin with a zero like 0123?"""
    if not any("00" <= text < "0:" for text in cells):  # : follows 9
        return False  # without reading a million more
    zeros = f"SELECT count(*) FROM staged WHERE c{place} >= '00' AND c{place} < '0:'"
    return bool(staging.rows_of(zeros)[0][0] > CODES * counts.filled)


def _too_long(staging: Staging, place: int, cells: list[str], counts: ColumnFacts) -> bool:
    """Are these ids of so many digits that a number would not keep the last ones?"""
    if not any(len(text) >= 16 for text in cells):
        return False
    digits = f"strlen(c{place}) >= 16 AND regexp_full_match(c{place}, '[+-]?[0-9]{{16,}}')"  # the length is quick
    whole = f"{digits} AND abs(TRY_CAST(c{place} AS DOUBLE)) >= {2**53}"
    return bool(staging.rows_of(f"SELECT count(*) FROM staged WHERE {whole}")[0][0] > CODES * counts.filled)


def _enough(staging: Staging, place: int, guess: ColumnType, counts: ColumnFacts, expected: bool) -> bool:
    """Do nearly all cells fit, over the whole file?"""
    fit = counts.numbers if guess.kind == "number" and guess.style == "plain" else _fitting(staging, place, guess)
    share = MAJORITY_WHEN_EXPECTED if expected else MAJORITY
    if 0 < fit < share * counts.filled:
        told = staging.rows_of(f"SELECT count(*) FILTER ({says_no_value(f'c{place}')}) FROM staged")[0][0]
        meant = counts.filled - told
        one_slip = meant >= 5 and fit == meant - 1  # in a short file one slip is more than 5 %
        return bool(fit >= share * meant or one_slip)
    return bool(fit > 0)
