"""Which column of a file is the customer's key."""

import re
from collections.abc import Sequence

from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.typing import ColumnFacts
from segmentation.lookups import near

ROW_KEY = "@row"
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
    """The column whose name says "customer id" and that has a value in nearly every row; the first such."""
    for place, name in enumerate(header):
        entry = vocabulary.match(name)
        if entry and entry.canonical == "customer_id" and facts[place].filled >= 0.5 * rows:
            return place
    return None


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


def _could_be_key(counts: ColumnFacts, rows: int) -> bool:
    return counts.filled == rows and counts.distinct >= 0.9 * rows  # the count of distinct values is an estimate
