"""What only the user can decide about a file, as questions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from segmentation.ingest.dates import BOTH, LATEST, full_year
from segmentation.ingest.sampling import sample_of
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnType

_PARTS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_DECIMALS = re.compile(r"([.,])(?:\d{1,2}|\d{4,})(?!\d|[.,]\d)")


@dataclass(frozen=True)
class Ask:
    """A question about the column ``header`` (None: about the file), and its possible answers.

    ``about`` is where the answer goes: "key" (`ImportOptions.key`), "dates" or "decimal" (of
    `ImportOptions.reading`), "mapping". ``choices``: what is stored by the words that are shown.
    """

    about: str
    header: str | None
    question: str
    choices: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def asks_of(staging: Staging, types: Mapping[int, ColumnType], no_key: bool) -> list[Ask]:
    """Questions about a file whose columns are of these types, by place."""
    header = staging.dialect.header
    asks = []
    if no_key:
        asks.append(Ask("key", None, "Which column names the customer? No column's name says so.", {"@row": "none"}))
    asks += [
        which_first(header[place], _example(staging, place, kind), kind.until)
        for place, kind in types.items()
        if kind.unsettled and header[place] not in staging.dialect.choices.dates
    ]
    return asks + _decimal(staging, types)


def _example(staging: Staging, place: int, kind: ColumnType) -> str:
    """A date that could be read either way."""
    cell = f"c{place}"
    either = f"{cell} IS NOT NULL" + (
        "" if not kind.style.endswith(BOTH) else f" AND ({kind.expression(cell)}) IS NULL"
    )
    found = staging.rows_of(
        f"SELECT {cell} FROM staged WHERE {either} AND regexp_matches({cell}, '{_PARTS.pattern}') LIMIT 1"
    ) or staging.rows_of(f"SELECT {cell} FROM staged WHERE {cell} IS NOT NULL LIMIT 1")
    return str(found[0][0])


def which_first(header: str, example: str, until: int = LATEST) -> Ask:
    """The question which of day and month comes first; `until`: see `ColumnType`.

    >>> which_first("joined", "04/05/2024").choices
    {'day': 'the day: 4 May 2024', 'month': 'the month: 5 April 2024'}
    """
    choices = {"day": "the day", "month": "the month"}
    parts = _PARTS.match(example)
    if parts:
        first, second, year = (int(part) for part in parts.groups())
        year = full_year(year, until)
        choices["day"] += f": {first} {datetime(year, second, 1):%B} {year}"  # noqa: DTZ001 (a name of a month)
        choices["month"] += f": {second} {datetime(year, first, 1):%B} {year}"  # noqa: DTZ001
    return Ask("dates", header, f"Which comes first in {header!r}, where {example} stands?", choices)


@dataclass(frozen=True)
class DecimalDoubt:
    """A column of numbers like ``example``, in which every mark could part decimals or thousands."""

    place: int
    row: int
    example: str
    mark: str
    decimal: bool  # it is read as a mark of decimals

    @property
    def other_mark(self) -> str:
        """What marks the decimals if they are not read as meant."""
        return {".": ",", ",": "."}[self.mark] if self.decimal else self.mark

    @property
    def whole(self) -> str:
        return f"{int(re.sub(r'[.,]', '', self.example)):,}"

    @property
    def parted(self) -> str:
        return self.example.replace(",", ".")

    @property
    def read(self) -> str:
        return self.parted if self.decimal else self.whole

    @property
    def otherwise(self) -> str:
        return self.whole if self.decimal else self.parted


def decimal_doubts(staging: Staging, types: Mapping[int, ColumnType]) -> Iterator[DecimalDoubt]:
    """The columns of numbers of which neither the user nor a column says what their marks part.

    A point in a file separated by commas, or in a number of a workbook, marks decimals.
    """
    choices, dialect = staging.dialect.choices, staging.dialect
    if choices.decimal is not None or choices.thousands is not None:
        return
    samples = {place: sample_of(staging, place) for place, kind in types.items() if kind.kind == "number"}
    told = {found[1] for cells in samples.values() for cell in cells if (found := _DECIMALS.search(cell))}
    for place, cells in samples.items():
        style = types[place].style
        marked = [cell for cell in cells if "," in cell or "." in cell]
        if not marked or not all(_EITHER.fullmatch(cell) for cell in marked):
            continue
        mark, decimals = "," if "," in marked[0] else ".", "." if style == "plain" else style[-2]
        if told == {decimals} or (style == "plain" and (dialect.sheets or dialect.delimiter == ",")):
            continue
        row, example, clear = staging.rows_of(
            f"SELECT min(row_number), arg_min(c{place}, row_number), "
            f"bool_and(regexp_full_match(c{place}, '{_EITHER.pattern}')) "
            f"FROM staged WHERE contains(c{place}, ',') OR contains(c{place}, '.')"
        )[0]
        if clear:
            yield DecimalDoubt(place, row, example, mark, decimal=mark == decimals)


def _decimal(staging: Staging, types: Mapping[int, ColumnType]) -> list[Ask]:
    """Is 1,234 a thousand or one and a bit? Asked of the first column in which every written mark could be either."""
    header = staging.dialect.header
    for doubt in decimal_doubts(staging, types):
        other = {".": ",", ",": "."}[doubt.mark]
        choices = {other: doubt.whole, doubt.mark: doubt.parted}
        question = f"What is {doubt.example} in {header[doubt.place]!r}: a whole number, or one with decimals?"
        return [Ask("decimal", header[doubt.place], question, choices)]
    return []
