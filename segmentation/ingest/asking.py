"""What only the user can decide about a file, as questions."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from segmentation.ingest.dates import BOTH, LATEST, full_year
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnType

_PARTS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})")
_THOUSANDS_OR_DECIMAL = r"[+-]?\d{1,3}[.,]\d{3}"


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
    if staging.dialect.choices.decimal is None and staging.dialect.choices.thousands is None:
        asks += _decimal(staging, types)
    return asks


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


def _decimal(staging: Staging, types: Mapping[int, ColumnType]) -> list[Ask]:
    """Is 1,234 a thousand or one and a bit? Asked of the first column in which every written mark could be either."""
    header = staging.dialect.header
    for place, kind in types.items():
        if kind.kind != "number" or kind.style == "plain":
            continue
        marked, either = staging.rows_of(
            f"SELECT count(*), count(*) FILTER (regexp_full_match(c{place}, '{_THOUSANDS_OR_DECIMAL}')) "
            f"FROM staged WHERE c{place} LIKE '%,%' OR c{place} LIKE '%.%'"
        )[0]
        if marked and marked == either:
            example = staging.rows_of(f"SELECT c{place} FROM staged WHERE c{place} LIKE '%,%' LIMIT 1")
            shown = str(example[0][0]) if example else "1.234"
            mark = "," if "," in shown else "."
            other = "." if mark == "," else ","
            whole = re.sub(r"[.,]", "", shown)
            choices = {other: f"{int(whole):,}", mark: shown.replace(mark, ".")}
            question = f"What is {shown} in {header[place]!r}: a whole number, or one with decimals?"
            return [Ask("decimal", header[place], question, choices)]
    return []
