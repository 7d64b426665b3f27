"""What came back of a campaign: a staged file with a customer's key, who responded, and perhaps how much and to whom it
was sent. Nothing is guessed: a cell that is no yes or no is refused with its row.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.keys import place_of, whole
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnType, fitting_type

RESPONDED = ("responded", "response", "converted", "conversion", "bought", "ordered", "purchased")
AMOUNT = ("amount", "revenue", "sales", "order_value", "spent", "spend")
CONTACTED = ("contacted", "sent", "written_to", "emailed", "mailed")
SHOWN = 5


@dataclass(frozen=True)
class Returns:
    """One entry for each key of the file: ``keys``, and ``alike`` as it would be as a whole number (1.0 is 1).

    ``responded`` is None where the cell is empty. ``amounts`` and ``contacted`` are None where the file has no such
    column. ``repeated`` keys stood in several rows: any yes counts, amounts are added.
    """

    rows: int
    without_key: int
    repeated: int
    keys: list[str]
    alike: list[str]
    responded: list[bool | None]
    amounts: list[float | None] | None
    contacted: list[bool | None] | None


def read_returns(staging: Staging, key: str, own: Collection[str]) -> Returns:
    """The returns in a staged file.

    Parameters
    ----------
    key : str
        Header that the keys of the dataset came from.
    own : collection of str
        Headers of the dataset's attributes: a column of these tells what a customer is like, not what came back.

    Raises
    ------
    BadFileError
        A column is missing or named twice, a row has too few or too many cells, or a cell cannot be read; with rows
        and values, all at once.
    """
    header = staging.dialect.header
    place = place_of(header, key, "the key column of the dataset")
    responded = _place(header, RESPONDED, own, place)
    if responded is None:
        raise BadFileError(
            "the file has no column that says who responded; name one responded, with yes and no or 1 and 0 (its "
            f"columns are: {', '.join(header[:10])})"
        )
    amount, contacted = _place(header, AMOUNT, own, place), _place(header, CONTACTED, own, place)
    kinds: dict[int, ColumnType] = {responded: ColumnType("flag")}
    if amount is not None:
        kinds[amount] = fitting_type(staging, amount, "number")
    if contacted is not None:
        kinds[contacted] = ColumnType("flag")
    _require_readable(staging, kinds)
    told = [
        f"bool_or({kinds[responded].expression(f'c{responded}')})",
        f"sum({kinds[amount].expression(f'c{amount}')})" if amount is not None else "NULL",
        f"bool_or({kinds[contacted].expression(f'c{contacted}')})" if contacted is not None else "NULL",
    ]
    rows = staging.rows_of(
        f"SELECT c{place}, min({whole(f'c{place}')}), count(*), {', '.join(told)} FROM staged "
        f"WHERE c{place} IS NOT NULL GROUP BY 1 ORDER BY min(row_number)"
    )
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(6)]
    return Returns(
        rows=staging.rows,
        without_key=staging.rows - sum(columns[2]),
        repeated=sum(count > 1 for count in columns[2]),
        keys=columns[0],
        alike=columns[1],
        responded=columns[3],
        amounts=columns[4] if amount is not None else None,
        contacted=columns[5] if contacted is not None else None,
    )


def _place(header: Sequence[str], names: Sequence[str], own: Collection[str], key: int) -> int | None:
    """The column with the first of these names; in a file that has columns of the dataset, none of those."""
    snaked = {at: vocabulary.snake(name) for at, name in enumerate(header) if at != key}
    known = {vocabulary.snake(name) for name in own}
    if not any(name in known and name not in (*RESPONDED, *AMOUNT, *CONTACTED) for name in snaked.values()):
        known = set()
    for name in names:
        found = [at for at, each in snaked.items() if each == name and name not in known]
        if len(found) > 1:
            raise BadFileError(f"two columns are called {name!r}; rename or remove one of them")
        if found:
            return found[0]
    return None


def _require_readable(staging: Staging, kinds: dict[int, ColumnType]) -> None:
    problems = [f"row {row.row} has {row.found} cells instead of {row.expected}" for row in staging.ragged[:SHOWN]]
    for place, kind in kinds.items():
        wrong = staging.rows_of(
            f"SELECT row_number, c{place} FROM staged WHERE c{place} IS NOT NULL "
            f"AND ({kind.expression(f'c{place}')}) IS NULL ORDER BY row_number LIMIT {SHOWN + 1}"
        )
        what = "yes or no" if kind.kind == "flag" else "a number"
        name = staging.dialect.header[place]
        problems += [f"row {row}: {name} is {text[:40]!r}, not {what}" for row, text in wrong[:SHOWN]]
        problems += ["and more such cells"] if len(wrong) > SHOWN else []
    if problems:
        raise BadFileError(f"the results cannot be read: {'; '.join(problems)}; correct the file and send it again")
