"""What the customers table is asked and what it answers; the question as SQL over the columnar copies. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.models import Attribute
from segmentation.filters import Filter, quoted, where
from segmentation.reasons import Reason

KEY, SEGMENT, WORD, CONFIDENCE, VALUE = "customer_key", "@segment", "@word", "@confidence", "@value"
OF_RUN = (SEGMENT, WORD, CONFIDENCE)  # columns of the run, not of the customer
UNSURE_FIRST = "CASE r.word WHEN 'borderline' THEN 0 WHEN 'leaning' THEN 1 WHEN 'clear' THEN 2 END"


@dataclass(frozen=True)
class CustomerQuery(Filter):
    """Which customers, in which order.

    ``prefix`` is how their key begins. ``sort`` is an attribute's name or one of `KEY`, `SEGMENT`, `WORD`,
    `CONFIDENCE`, `VALUE`; None: as they came. Missing values are last in either direction.
    """

    prefix: str = ""
    sort: str | None = None
    descending: bool = False

    @classmethod
    def narrowed(cls, by: Filter) -> "CustomerQuery":
        """Everybody of a filter, as they came."""
        return cls(by.segment, by.word, by.conditions)


@dataclass(frozen=True)
class CustomerRow:
    """One row of the table; what the run does not know of a customer is None. ``cells`` by attribute, as stored."""

    key: str
    address: str
    segment: str | None
    colour: int | None
    word: str | None
    value: float | None
    cells: dict[str, Any]


@dataclass(frozen=True)
class CustomerPage:
    """Some rows, how many customers the question finds, of how many; and the attributes by name."""

    rows: list[CustomerRow]
    total: int
    customers: int
    attributes: dict[str, Attribute]


@dataclass(frozen=True)
class CustomerColumns:
    """What the table of a dataset can show; ``attributes`` with what the model uses first, ``used`` their names.

    ``segments`` is (slug, name, colour) in display order, empty without a model. ``has_rfm``: there are RFM groups.
    """

    customers: int
    attributes: list[Attribute]
    used: frozenset[str]
    segments: list[tuple[str, str, int]]
    value_label: str | None
    has_consent: bool
    stale: bool = False
    has_rfm: bool = False


@dataclass(frozen=True)
class AttributeValue:
    """One attribute of a customer beside the members of the segment and everyone.

    ``typical`` and ``everyone`` are the medians of numbers and dates (ISO text), of a flag or a category the share in
    [0, 1] that has what the customer has; None where it is not known, or the segment is too small to tell of.
    ``beyond`` is "above" or "below" where a number lies outside of what nine in ten members have.
    """

    name: str
    label: str
    kind: str
    unit: str | None
    sensitive: bool
    used: bool
    value: Any
    typical: float | str | None
    everyone: float | str | None
    beyond: str | None = None


@dataclass(frozen=True)
class PastSegment:
    """The segment of a customer in one run; ``moved`` when the run before had them elsewhere."""

    version: int
    as_of: date
    created_at: datetime
    slug: str
    name: str
    colour: int
    confidence: float
    percentile: int | None
    word: str
    runner_up: str | None
    moved: bool


@dataclass(frozen=True)
class Purchase:
    """One line of an invoice."""

    occurred_at: datetime
    amount: float
    quantity: float | None
    category: str | None
    invoice: str | None


@dataclass(frozen=True)
class CustomerDetail:
    """The page of a customer. ``now`` is None without a model, or for one who came after the last run.

    ``withheld``: the segment has fewer than 10 members, and is not told of. ``purchases`` is None where the dataset
    has none; ``bought`` counts all lines.
    """

    key: str
    currency: str | None
    now: PastSegment | None
    has_model: bool
    stale: bool
    value: float | None
    value_typical: float | None
    reasons: list[Reason]
    reasons_exact: bool
    attributes: list[AttributeValue]
    withheld: bool
    history: list[PastSegment]
    bought: int = 0
    purchases: list[Purchase] | None = None


def needs_run(query: CustomerQuery) -> bool:
    """Whether the question is about the run as well as about the customers."""
    return bool(query.segment or query.word or query.sort in OF_RUN)


def ids_sql(
    query: CustomerQuery,
    kinds: Mapping[str, str],
    values: Sequence[str] = (),
    segment_id: int | None = None,
    order: Sequence[int] = (),
) -> tuple[str, list[Any]]:
    """The question as DuckDB's SQL over the copies ``c`` (customers), ``r`` (run) and ``m`` (RFM groups): the
    ids, in order.

    Parameters
    ----------
    kinds : mapping
        Kind by attribute; a condition or an order on another one is a KeyError.
    values : sequence of str
        The attributes whose sum is the value of a customer.
    segment_id : int, optional
        Of ``query.segment``.
    order : sequence of int
        Segment ids in display order.

    Returns
    -------
    tuple of str and list
        The text after ``FROM ...`` and the parameters in it.

    >>> ids_sql(CustomerQuery(prefix="A", sort="age"), {"age": "number"})
    ('WHERE starts_with(c.customer_key, ?) ORDER BY c."age" ASC NULLS LAST, c.customer_id', ['A'])
    """
    parts, given = where(query, kinds, segment_id)
    if query.prefix:
        parts.append("starts_with(c.customer_key, ?)")
        given.append(query.prefix)
    which = f"WHERE {' AND '.join(parts)} " if parts else ""
    if query.sort is None and not needs_run(query) and not query.needs_rfm:
        return which.strip(), given  # the copy is in the order of the ids, and DuckDB keeps the order of a file
    way = "DESC" if query.descending else "ASC"
    by = [f"{each} {way} NULLS LAST" for each in _order(query.sort, kinds, values, order)]
    return f"{which}ORDER BY {', '.join([*by, 'c.customer_id'])}", given


def _order(sort: str | None, kinds: Mapping[str, str], values: Sequence[str], order: Sequence[int]) -> list[str]:
    """Expressions to sort by; keys that are numbers as such, so that 9 comes before 10."""
    if sort is None:
        return []
    if sort == KEY:
        return ["TRY_CAST(c.customer_key AS DOUBLE)", "c.customer_key"]
    if sort == SEGMENT:
        return [f"list_position([{', '.join(map(str, map(int, order)))}]::BIGINT[], r.segment_id)"]
    if sort == WORD:
        return [UNSURE_FIRST, "r.confidence"]
    if sort == CONFIDENCE:
        return ["r.confidence"]
    if sort == VALUE:
        return [" + ".join(f"coalesce(c.{quoted(name)}, 0)" for name in values)] if values else []
    assert kinds[sort]
    return [f"c.{quoted(sort)}"]
