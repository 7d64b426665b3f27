"""What an import would do, shown before it is done: made inside the transaction of a dry run, which is rolled back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from db import before, customers, transactions
from db.models import Attribute
from segmentation.ingest.grouping import EXAMPLES, ProblemGroup, group_problems
from segmentation.ingest.problems import Checked, Problem
from segmentation.unlocks import Unlock, unlocks

CREATED, UPDATED, ABSENT = 5, 10, 5  # examples shown
SHOWN = 200  # characters of a value


@dataclass(frozen=True)
class ImportPreview:
    """What would happen.

    ``counts``: rows, created, updated, unchanged, rejected; ``facts`` as in `ImportResult`. ``created``: up to five
    rows, each ``{"customer", "values": [{"attribute", "label", "value"}]}``. ``updated``: up to ten customers, each
    ``{"customer", "changes": [{"attribute", "label", "before", "after"}]}``, but for one whom a later
    row of the file changes back. ``absent``: how many customers of the
    dataset the file does not name, with up to five keys. Values are as in JSON: numbers, true and false, ISO dates,
    text of at most 200 characters, None where missing.
    """

    dataset: str
    counts: dict[str, int]
    groups: list[ProblemGroup] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    absent: int = 0
    absent_examples: list[str] = field(default_factory=list)
    unlocks: list[Unlock] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "ImportPreview":
        """From its JSON."""
        groups = [
            ProblemGroup(**{**each, "examples": [Problem(**example) for example in each["examples"]]})
            for each in told["groups"]
        ]
        return cls(**{**told, "groups": groups, "unlocks": [Unlock(**each) for each in told["unlocks"]]})


def groups_of(checked: Checked) -> list[ProblemGroup]:
    """The problems of a file by cause, with the first three of each."""
    examples: dict[str, list[Problem]] = {}
    for problem in checked.problems:
        kept = examples.setdefault(problem.cause, [])
        if len(kept) < EXAMPLES:
            kept.append(problem)
    return group_problems(dict(checked.counts), examples)


def preview_customers(
    connection: sa.Connection,
    slug: str,
    attributes: Sequence[Attribute],
    batch_id: int,
    first_id: int,
    told: Mapping[str, Any],
) -> ImportPreview:
    """What the batch that was just merged has done.

    Parameters
    ----------
    attributes : sequence of Attribute
        Of the dataset, with those the batch brought.
    first_id : int
        Customers beyond this id were created by the batch.
    told : mapping
        The other fields of the preview.
    """
    table = customers.customers_table(slug, attributes)
    images = before.before_table(slug, attributes)
    new = sa.select(table).where(table.c.customer_id > first_id).order_by(table.c.customer_id).limit(CREATED)
    names = [attribute.name for attribute in attributes]
    pairs = (
        sa.select(
            table.c.customer_key,
            *(images.c[name].label(f"before_{place}") for place, name in enumerate(names)),
            *(table.c[name].label(f"after_{place}") for place, name in enumerate(names)),
        )
        .select_from(images.join(table, images.c.customer_id == table.c.customer_id))
        .where(images.c[before.CHANGED_BY] == batch_id)
        .order_by(images.c.customer_id)
        .limit(UPDATED)
    )
    created = [
        {"customer": row.customer_key, "values": [_value(each, row._mapping[each.name]) for each in attributes]}
        for row in connection.execute(new)
    ]
    updated = [
        {"customer": row[0], "changes": changes}
        for row in connection.execute(pairs)
        if (changes := _changes(attributes, row[1 : 1 + len(names)], row[1 + len(names) :]))
    ]
    return ImportPreview(slug, created=created, updated=updated, unlocks=unlocks(attributes), **told)


def preview_lines(
    connection: sa.Connection, slug: str, attributes: Sequence[Attribute], batch_id: int, told: Mapping[str, Any]
) -> ImportPreview:
    """As `preview_customers`, of purchases; ``created`` are lines."""
    table = transactions.transactions_table(slug)
    new = sa.select(table).where(table.c.import_batch_id == batch_id).limit(CREATED)
    created = [
        {
            "customer": row.customer_key,
            "values": [
                {"attribute": name, "label": label, "value": _plain(row._mapping[name])}
                for name, label in _LINE.items()
            ],
        }
        for row in connection.execute(new)
    ]
    return ImportPreview(slug, created=created, unlocks=unlocks(attributes), **told)


_LINE = {
    "occurred_at": "When",
    "amount": "Amount",
    "quantity": "Quantity",
    "category": "Category",
    "invoice": "Invoice",
}


def _value(attribute: Attribute, value: Any) -> dict[str, Any]:
    return {"attribute": attribute.name, "label": attribute.label, "value": _plain(value)}


def _changes(attributes: Sequence[Attribute], old: Sequence[Any], new: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"attribute": each.name, "label": each.label, "before": _plain(was), "after": _plain(now)}
        for each, was, now in zip(attributes, old, new, strict=True)
        if was != now
    ]


def _plain(value: Any) -> Any:
    """A value as JSON has it.

    >>> _plain(datetime(2024, 1, 31)), _plain(datetime(2024, 1, 31, 8)), _plain(2.5), _plain("x" * 300) == "x" * 200
    ('2024-01-31', '2024-01-31T08:00:00', 2.5, True)
    """
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return value[:SHOWN] if isinstance(value, str) else value
