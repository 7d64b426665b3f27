"""Which column of a file is the customer's key."""

import re
from collections.abc import Sequence

from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnFacts
from segmentation.lookups import near

ROW_KEY = "@row"
PEOPLE = frozenset({  # names of columns that may hold ids, names or counts
    "customer", "client", "member", "subscriber", "user", "account", "cust", "acct", "kunde", "kunden", "mitglied",
    "konto", "klant", "kund", "klient", "cliente", "membre", "socio", "cuenta", "conta", "musteri", "asiakas",
    "клиент", "顧客", "客户",
})  # fmt: skip
_WHOLE = r"\d+\.0+"  # how a program writes an id once a cell of the column was empty
KEY_HEADER = "customer_key"  # of an export of customers that have no key of their own


def choose_key(
    header: Sequence[str],
    facts: Sequence[ColumnFacts],
    rows: int,
    asked: str | None,
    dataset_key: str | None,
    *,
    new: bool,
) -> int | None:
    """The place of the key column; None: rows are numbered.

    Parameters
    ----------
    asked : str, optional
        A header, or ``@row``; None lets the dataset, then the column names decide.
    dataset_key : str, optional
        The header the dataset's keys came from; None when it is new or numbers its rows.
    new : bool
        The dataset has no keys yet that another column would not fit.
    """
    if asked != ROW_KEY:
        _require_columns(header)
    if asked == ROW_KEY:
        if not new and dataset_key is not None:
            raise BadFileError(
                f"this dataset is keyed by {dataset_key!r}; numbered rows (@row) would not fit its customers"
            )
        return None
    if asked is not None:
        place = place_of(header, asked, "the key column")
        if not new:
            _require_same(header, place, dataset_key)
        return place
    if not new and dataset_key is None:
        return header.index(KEY_HEADER) if KEY_HEADER in header else None
    if not new:
        assert dataset_key is not None
        return place_of(header, dataset_key, "the dataset's key column")
    found = propose_key(header, facts, rows)
    if found is None:
        could = [name for name, counts in zip(header, facts, strict=True) if _could_be_key(counts, rows)]
        choice = (
            f"give one with --key ({', '.join(could[:5])})" if could else "no column has a different value in every row"
        )
        raise BadFileError(
            f"no key column was given and none is recognised; {choice}, or number the rows with --key @row"
        )
    return found


def _require_columns(header: Sequence[str]) -> None:
    """BadFileError where one column has a name like a row of names: what separates them was not seen."""
    if len(header) == 1 and len(names := re.split(r"\s{2,}|\t|[:~^¦](?=\S)", header[0].strip())) > 1:
        raise BadFileError(
            f"the file came out as one column, {header[0][:80]!r}: what separates {names[0]!r} from {names[1]!r} was "
            "not recognised; say it with --delimiter (blanks: runs of blanks), or separate the cells with commas"
        )


def _require_same(header: Sequence[str], place: int, dataset_key: str | None) -> None:
    """BadFileError unless the column at `place` is the one the dataset is keyed by: everyone would come twice."""
    if dataset_key is None:
        if header[place] != KEY_HEADER:
            raise BadFileError(
                f"the customers of this dataset are numbered rows; keys from {header[place]!r} would not fit them; "
                "import the file into a new dataset"
            )
    elif find_place(header, dataset_key, alike=True) != place:
        raise BadFileError(
            f"this dataset is keyed by {dataset_key!r}; with keys from {header[place]!r} its customers would come "
            f"twice; leave out --key, or name that column {dataset_key!r} if it holds the same keys"
        )


def propose_key(header: Sequence[str], facts: Sequence[ColumnFacts], rows: int) -> int | None:
    """The column whose name says "customer id", that has a value in half the rows at least; else one called "customer".

    Of several the first with another value in every row, else the first; one called "customer" must have such values.
    """
    named = [
        place
        for place, name in enumerate(header)
        if vocabulary.canonical(name) == "customer_id" and facts[place].filled >= 0.5 * rows
    ]
    called = [place for place, name in enumerate(header) if vocabulary.squashed(name) in PEOPLE]
    tells = [place for place in (*named, *called) if _could_be_key(facts[place], rows)]
    return next(iter(tells if tells and (tells[0] in named or not named) else named), None)


def place_of(header: Sequence[str], name: str, what: str) -> int:
    """The column called `name`, exactly or nearly; `what` it is, for the error."""
    found = find_place(header, name, alike=what != "the key column")
    if found is not None:
        return found
    close = near(name, list(header))
    hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"its columns are: {', '.join(header[:10])}"
    raise BadFileError(f"{what} {name!r} is not in the file; {hint}")


def find_place(header: Sequence[str], name: str, *, alike: bool) -> int | None:
    """The column called `name`; `alike`: also the only other name of a customer's number. None: there is none.

    >>> header = ("Customer ID", "email")
    >>> find_place(header, "customer_id", alike=False), find_place(header, "kundennummer", alike=True)
    (0, 0)
    """
    if name in header:
        return header.index(name)
    same = [place for place, each in enumerate(header) if vocabulary.snake(each) == vocabulary.snake(name)]
    if len(same) != 1 and alike and vocabulary.canonical(name) == "customer_id":
        same = [place for place, each in enumerate(header) if vocabulary.canonical(each) == "customer_id"]
    return same[0] if len(same) == 1 else None


def are_whole(staging: Staging, cell: str, filled: int) -> bool:
    """Are keys like 17850.0 in this column (SQL) numbers without decimals: most are such, or none is like 1.5?"""
    whole, broken = staging.rows_of(
        f"SELECT count(*) FILTER (regexp_full_match({cell}, '{_WHOLE}')), "
        f"count(*) FILTER (regexp_full_match({cell}, '\\d+\\.\\d*[1-9]\\d*')) FROM staged WHERE contains({cell}, '.')"
    )[0]
    return bool(whole > 0.5 * filled or (whole > 0 and broken == 0))


def whole(cell: str) -> str:
    """SQL for a key without the decimals that say nothing: 17850.0 is 17850."""
    return f"CASE WHEN regexp_full_match({cell}, '{_WHOLE}') THEN split_part({cell}, '.', 1) ELSE {cell} END"


def _could_be_key(counts: ColumnFacts, rows: int) -> bool:
    return counts.filled == rows and counts.distinct >= 0.9 * rows  # the count of distinct values is an estimate
