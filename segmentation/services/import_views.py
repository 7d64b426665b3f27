"""What an import is asked for, and what is told of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from db.models import Dataset, ImportBatch
from segmentation.errors import BadFileError
from segmentation.ingest.currency import check_currency
from segmentation.ingest.grouping import EXAMPLES
from segmentation.ingest.problems import Problem
from segmentation.purchases import STATE
from segmentation.services.import_preview import ImportPreview

SHOWN_PROBLEMS = 100
READ, CURRENCY = "read", "currency"  # among the facts: how the file was read, and what it said of the money
SIGNS = "signs"  # among the facts: by batch, the balance of its invoices that told this batch's returns from sales


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be imported.

    ``key`` is a header, ``@row``, or None for the dataset's own. ``mapping`` is by header, see
    `segmentation.ingest.mapping.plan`. ``on_duplicate``: "update" changes customers that are stored, and a key's
    second row in the file counts like a later update; "skip" leaves both as they are, counted as unchanged; "reject"
    updates stored customers and rejects every later row of a key in the file. ``blank`` says whether an empty cell
    keeps or clears the stored value. ``rejects`` is a file to write the rejected rows to, ``file_name`` what the user
    called the file. ``as_of`` (ISO) is the day that recency and tenure are counted to when the file brings purchases;
    None: the day of the latest one. ``sheet`` is that of a workbook, None the first with a table.
    ``absent`` says what becomes of the dataset's customers that the file does not name: "leave" them, or "mark" them
    as gone (see `segmentation.gone`). ``currency`` is the dataset's, as a code of three letters; None: what the signs
    in the file say, where the dataset has none yet; empty: none. ``reading`` changes guesses about how the file is
    written (`segmentation.ingest.reading.Reading`); None: what was chosen the last time a file with these columns was
    imported into the dataset; empty: as detected, and that memory is forgotten.
    """

    kind: str = "customers"
    key: str | None = None
    mapping: dict[str, Any] | None = None
    on_duplicate: str = "update"
    blank: str = "keep"
    dry_run: bool = False
    rejects: Path | None = None
    file_name: str | None = None
    dataset_name: str | None = None
    as_of: str | None = None
    sheet: str | None = None
    reading: dict[str, Any] | None = None
    absent: str = "leave"
    currency: str | None = None

    def check(self) -> None:
        """BadFileError for a choice that does not exist."""
        for name, value, allowed in (
            ("kind", self.kind, ("customers", "transactions")),
            ("on-duplicate", self.on_duplicate, ("update", "skip", "reject")),
            ("blank", self.blank, ("keep", "clear")),
            ("absent", self.absent, ("leave", "mark")),
        ):
            if value not in allowed:
                raise BadFileError(f"--{name} {value!r} does not exist; use {' or '.join(allowed)}")
        check_currency(self.currency or "")
        if self.kind == "transactions" and (self.on_duplicate, self.blank) != ("update", "keep"):
            raise BadFileError("purchases are added line by line; leave out --on-duplicate and --blank")
        if self.kind == "transactions" and self.absent == "mark":
            raise BadFileError("purchases do not say who is gone; leave out --absent mark")


@dataclass(frozen=True)
class ImportResult:
    """rows = created + updated + unchanged + rejected. ``batch`` is None after a dry run.

    ``facts`` of purchases: lines ``without_customer`` and their share, ``returns``, ``customers_created``, ``as_of``;
    of customers: how many were marked as ``gone`` because the file does not name them, where that was asked for.
    ``preview`` is made by a dry run; it quotes customers, so it is no part of the JSON.
    """

    batch: int | None
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    problem_counts: dict[str, int]
    problems: list[Problem]
    dialect: dict[str, Any]
    mapping: dict[str, str | None]
    facts: dict[str, Any] = field(default_factory=dict)
    preview: ImportPreview | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        shown = errors_first(self.problems, self.problem_counts)[:SHOWN_PROBLEMS]
        told = {**vars(self), "problems": [problem.as_json() for problem in shown]}
        del told["preview"]
        return told


@dataclass(frozen=True)
class BatchView:
    """One file received; ``facts`` as in `ImportResult`.

    ``dialect`` is how it was read, ``mapping`` what its columns became (attribute by header, None: left out).
    ``why_not`` says in words why it cannot be undone, None where it can.
    """

    batch: int
    file: str
    sha256: str
    kind: str
    status: str
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    policy: str
    created_at: datetime
    by: str
    error: str | None
    problem_counts: dict[str, int] = field(default_factory=dict)
    why_not: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    blank: str = "keep"
    dialect: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, str | None] = field(default_factory=dict)

    @property
    def undoable(self) -> bool:
        return self.why_not is None

    @classmethod
    def of(cls, batch: ImportBatch, others: Sequence[ImportBatch]) -> "BatchView":
        """``others``: every batch of the dataset."""
        return cls(
            batch.id, batch.file_name, batch.sha256, batch.kind, batch.status, batch.rows_read, batch.created,
            batch.updated, batch.unchanged, batch.rejected, batch.on_duplicate, batch.created_at, batch.created_by,
            batch.error, batch.problem_counts, why_not_undoable(batch, others), told_facts(batch),
            batch.blank, batch.dialect, batch.mapping,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        told = {**vars(self), "created_at": self.created_at.isoformat(), "undoable": self.undoable}
        for name in ("error", "problem_counts", "facts", "blank", "dialect", "mapping"):
            del told[name]
        return told


def why_not_undoable(batch: ImportBatch, others: Sequence[ImportBatch]) -> str | None:
    """Why a batch cannot be undone, and what to do; None: it can be.

    A later batch stands in the way when it met a row this one wrote, also when it left the row as it was: it would have
    written the row itself otherwise, and what stays would not be what the remaining files say. So does one whose
    invoices like ``C1`` would count as sales, or as returns, if this one's had not been stored before.
    """
    if batch.status == "undone":
        return "it was undone already"
    if batch.status == "running":
        return "it is not finished"
    if batch.status != "committed":
        return f"nothing was stored: {batch.error or batch.status}"
    later = sorted(each.id for each in others if each.status == "committed" and batch.id in (each.depends_on or ()))
    if later:
        return f"later {_named(later)} changed or confirmed the same rows; undo {_them(later, others)}"
    turned = _turned(batch, others)
    if turned:
        return (
            f"later {_named(turned)} brought invoices like C1, and the invoices of this one tell whether they are "
            f"returns or sales; undo {_them(turned, others)}"
        )
    return None


def _named(batches: Sequence[int]) -> str:
    return f"import{'s' if len(batches) > 1 else ''} {', '.join(map(str, batches))}"


def _them(batches: Sequence[int], others: Sequence[ImportBatch]) -> str:
    """What to undo, with the names of the files: pages do not show the numbers of imports."""
    files = ", ".join(dict.fromkeys(each.file_name for each in others if each.id in batches))
    return f"{'them' if len(batches) > 1 else 'it'} first ({files})"


def _turned(batch: ImportBatch, others: Sequence[ImportBatch]) -> list[int]:
    """The later batches whose invoices with a letter would be read the other way without this one."""
    stored = {each.id for each in others if each.status == "committed"} - {batch.id}
    found = []
    for each in others:
        signs = {int(number): balance for number, balance in ((each.facts or {}).get(SIGNS) or {}).items()}
        left = sum(balance for number, balance in signs.items() if number in stored)
        if each.id in stored and batch.id in signs and (left > 0) != (sum(signs.values()) > 0):
            found.append(each.id)
    return sorted(found)


def errors_first(problems: Sequence[Problem], counts: Mapping[str, int]) -> list[Problem]:
    """The first three of every cause, what rejected a row and what is most frequent in front; then the others alike."""
    places: Counter[str] = Counter()
    keyed = []
    for problem in problems:
        order = (problem.severity != "error", -counts.get(problem.cause, 0), problem.cause, problem.row)
        keyed.append(((places[problem.cause] >= EXAMPLES, *order), problem))
        places[problem.cause] += 1
    return [problem for _, problem in sorted(keyed, key=lambda pair: pair[0])]


def currency_left(dataset: Dataset, stored: Sequence[ImportBatch]) -> str | None:
    """The currency that the `stored` batches of a dataset say, oldest first; as it is where one was not asked yet."""
    if dataset.is_sample:
        return dataset.currency
    said = [(batch.facts or {}).get(CURRENCY) for batch in stored]
    currency = None
    for each in said:
        if each is None:
            return dataset.currency
        chosen = each["chosen"]
        currency = currency or each["signs"] if chosen is None else chosen.upper() or None
    return currency


def told_facts(batch: ImportBatch) -> dict[str, Any]:
    """The facts of a batch that are for people; not how the product keeps them."""
    return {name: value for name, value in (batch.facts or {}).items() if name not in (STATE, SIGNS, READ, CURRENCY)}


@dataclass(frozen=True)
class SameFile:
    """An import of a file with the same content into the dataset `slug`, called `name`."""

    slug: str
    name: str
    batch: BatchView
