"""What a file seems to be, before anything is stored; part of `segmentation.services.imports`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from db.models import Attribute
from segmentation import vocabulary
from segmentation.ingest.asking import Ask, asks_of
from segmentation.ingest.currency import currency_of
from segmentation.ingest.mapping import Plan
from segmentation.ingest.problems import Checked, Problem
from segmentation.ingest.sampling import EXACT_ROWS, is_counted_by_cells
from segmentation.ingest.secrets import looks_secret
from segmentation.ingest.staging import Staging
from segmentation.ingest.transactions import LABELS, guess_lines, looks_like_lines
from segmentation.ingest.typing import ColumnFacts

FIRST = 20
SAMPLES = 5
SAMPLED = 1000  # rows
TOGETHER = 20  # columns whose different values are counted in one question: each needs memory
SHOWN = 200  # characters of a cell


@dataclass(frozen=True)
class ColumnProposal:
    """What a column of a file seems to be; ``missing`` and ``distinct`` are counted over the whole file.

    ``confidence`` in [0, 1]: 1 the dataset's own header, 0.9 a name or synonym, 0.5 a guess from the values.
    ``secret`` says in words what it seems to hold that should be left out. ``new``: the dataset has it not yet.
    The ``kind`` of a column that is left out is number where every cell is one, else text.
    ``style``: how its numbers or dates are written, see `segmentation.ingest.typing.ColumnType`.
    In a file of purchases ``name`` is what the column is of a line: invoice, customer, occurred_at, amount, quantity,
    price, category, or "" for a column that is left out.
    """

    header: str
    name: str
    label: str
    kind: str
    role: str
    samples: list[str]
    missing: int
    distinct: int
    confidence: float = 0.5
    unit: str | None = None
    sensitive: bool = False
    secret: str | None = None
    new: bool = True
    style: str = ""


@dataclass(frozen=True)
class FileInspection:
    """What a file seems to be, before anything is stored. ``proposed_key`` None: no column's name says so.

    ``kind``: "customers" or "transactions", what the file seems to hold. ``first``: the first 20 rows as read, a cell
    as text (at most 200 characters) or None. ``asks``: what only the user can decide. ``currency``: a code, as signs in
    the file say; None where they say nothing, or several things.
    """

    dialect: dict[str, Any]
    columns: list[ColumnProposal]
    rows: int
    proposed_key: str | None
    problems: list[Problem]
    kind: str = "customers"
    first: list[list[str | None]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    currency: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "FileInspection":
        """From its JSON."""
        columns = [ColumnProposal(**each) for each in told["columns"]]
        problems, asks = [Problem(**each) for each in told["problems"]], [Ask(**each) for each in told["asks"]]
        return cls(**{**told, "columns": columns, "problems": problems, "asks": asks})


def first_rows(staging: Staging) -> list[list[str | None]]:
    """The first 20 rows of the file."""
    return [[None if cell is None else cell[:SHOWN] for cell in row] for row in staging.first(FIRST)]


def inspection(
    staging: Staging, planned: Plan, checked: Checked, counts: Sequence[ColumnFacts], known: Sequence[Attribute]
) -> FileInspection:
    """A file read as customers."""
    types = {column.place: column.type for column in planned.columns}
    return FileInspection(
        staging.dialect.as_json(),
        _proposals(staging, planned, counts, known),
        checked.rows,
        planned.key_header,
        checked.problems[:100],
        "transactions" if looks_like_lines(staging.dialect.header, counts) else "customers",
        first_rows(staging),
        asks_of(staging, types, planned.key is None),
        currency_of(staging, types.items()),
    )


def line_inspection(staging: Staging, counts: Sequence[ColumnFacts], this_year: int) -> FileInspection:
    """A file read as purchases; also one in which not every column of a line is recognised."""
    header = staging.dialect.header
    found = guess_lines(staging, counts, this_year)
    by_place = {place: name for name, place in found.places.items()}
    samples = _samples(staging)
    distinct = _distinct(staging, counts)
    columns = [
        ColumnProposal(
            name, role := by_place.get(place, ""), LABELS.get(role, "Left out"),
            found.types[place].kind if place in found.types else "text", "id" if role == "customer" else "other",
            samples[place], staging.rows - counts[place].filled, distinct[place],
            confidence=0.9 if role else 0.5, secret=looks_secret(name, samples[place]), new=False,
            style=found.types[place].style if place in found.types else "",
        )
        for place, name in enumerate(header)
    ]  # fmt: skip
    customer = found.places.get("customer")
    return FileInspection(
        staging.dialect.as_json(), columns, staging.rows + len(staging.ragged),
        None if customer is None else header[customer], [],
        "transactions" if looks_like_lines(header, counts) else "customers", first_rows(staging),
        [*found.asks, *asks_of(staging, found.types, False)], currency_of(staging, found.types.items()),
    )  # fmt: skip


def _proposals(
    staging: Staging, planned: Plan, counts: Sequence[ColumnFacts], known: Sequence[Attribute]
) -> list[ColumnProposal]:
    """One per column of the file, in its order."""
    stored = {attribute.name: attribute for attribute in known}
    by_place = {column.place: column for column in planned.columns}
    all_samples, all_distinct = _samples(staging), _distinct(staging, counts)
    proposals = []
    for place, header in enumerate(staging.dialect.header):
        column = by_place.get(place)
        source = stored.get(column.name, column) if column else None
        name, label, kind, role = (
            (source.name, source.label, source.kind, source.role)
            if source
            else ("customer_key", "Customer key", "text", "id")
            if place == planned.key
            else ("", "Left out", "number" if 0 < counts[place].filled == counts[place].numbers else "text", "other")
        )
        entry = vocabulary.match(header)
        known_by = (1.0 if header == source.source_header else 0.9) if isinstance(source, Attribute) else None
        proposals.append(
            ColumnProposal(
                header, name, label, kind, role, all_samples[place], staging.rows - counts[place].filled,
                all_distinct[place], confidence=known_by or (0.9 if entry else 0.5),
                unit=source.unit if source else None, sensitive=bool(source.sensitive) if source else False,
                secret=looks_secret(header, all_samples[place]), new=bool(column and column.new),
                style=column.type.style if column else "",
            )
        )  # fmt: skip
    return proposals


def _samples(staging: Staging) -> list[list[str]]:
    """By column, its first five distinct values in the order of the file, from the first rows."""
    found: list[dict[str, None]] = [{} for _ in staging.dialect.header]
    for row in staging.first(SAMPLED):
        for seen, cell in zip(found, row, strict=True):
            if cell is not None and len(seen) < SAMPLES:
                seen[cell[:SHOWN]] = None
    return [list(seen) for seen in found]


def _distinct(staging: Staging, counts: Sequence[ColumnFacts]) -> list[int]:
    """By column, how many different values: exact in a file of moderate length and for columns that may be keys."""
    told = [each.distinct for each in counts]
    if is_counted_by_cells(staging):
        return told
    exact = [
        place for place, each in enumerate(counts) if staging.rows <= EXACT_ROWS or each.distinct >= 0.9 * staging.rows
    ]
    for start in range(0, len(exact), TOGETHER):
        piece = exact[start : start + TOGETHER]
        asked = ", ".join(f"count(DISTINCT c{place})" for place in piece)
        for place, number in zip(piece, staging.rows_of(f"SELECT {asked} FROM staged")[0], strict=True):
            told[place] = number
    return told
