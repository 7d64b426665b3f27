"""What the customers table is asked and what it answers; the question as SQL over the columnar copies. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.models import Attribute
from segmentation.errors import KindredError
from segmentation.reasons import Reason

KEY, SEGMENT, WORD, CONFIDENCE, VALUE = "customer_key", "@segment", "@word", "@confidence", "@value"
OF_RUN = (SEGMENT, WORD, CONFIDENCE)  # columns of the run, not of the customer
UNSURE_FIRST = "CASE r.word WHEN 'borderline' THEN 0 WHEN 'leaning' THEN 1 WHEN 'clear' THEN 2 END"


@dataclass(frozen=True)
class Condition:
    """What one attribute must be: within ``low`` and ``high`` (both included, either may be open), or ``level``
    (a category's or text's exact text, a flag's ``yes`` or ``no``), or missing.
    """

    attribute: str
    low: float | str | None = None
    high: float | str | None = None
    level: str | None = None
    missing: bool = False


@dataclass(frozen=True)
class CustomerQuery:
    """Which customers, in which order.

    ``sort`` is an attribute's name or one of `KEY`, `SEGMENT`, `WORD`, `CONFIDENCE`, `VALUE`; None: as they came.
    Missing values are last in either direction.
    """

    prefix: str = ""
    segment: str | None = None
    word: str | None = None
    conditions: tuple[Condition, ...] = ()
    sort: str | None = None
    descending: bool = False


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

    ``segments`` is (slug, name, colour) in display order; without a model it is empty and ``as_of`` None.
    """

    customers: int
    attributes: list[Attribute]
    used: frozenset[str]
    segments: list[tuple[str, str, int]]
    value_label: str | None
    has_consent: bool
    stale: bool = False


@dataclass(frozen=True)
class AttributeValue:
    """One attribute of a customer beside the members of the segment and everyone.

    ``typical`` and ``everyone`` are the medians of numbers and dates (ISO text), of a flag or a category the share in
    [0, 1] that has what the customer has; None where it is not known, or the segment is too small to tell of.
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


def parse_conditions(asked: Iterable[Mapping[str, Any]], attributes: Sequence[Attribute]) -> tuple[Condition, ...]:
    """Conditions as the browser sends them, checked against the attributes of the dataset.

    Raises
    ------
    KindredError
        An attribute that is not there, a bound that is not a number or a date, or no bound at all.
    """
    kinds = {attribute.name: attribute for attribute in attributes}
    found = []
    for each in asked:
        attribute = kinds.get(str(each.get("attribute")))
        if attribute is None:
            raise KindredError(f"there is no column {each.get('attribute')!r}; choose one of the list")
        found.append(_condition(each, attribute))
    return tuple(found)


def _condition(asked: Mapping[str, Any], attribute: Attribute) -> Condition:
    name, label = attribute.name, attribute.label
    if asked.get("missing"):
        return Condition(name, missing=True)
    if attribute.kind in ("number", "date"):
        bound = _number if attribute.kind == "number" else _date
        low, high = bound(asked.get("low"), label), bound(asked.get("high"), label)
        if low is None and high is None:
            raise KindredError(f"{label}: give the lowest value, the highest, or both")
        if low is not None and high is not None and low > high:
            raise KindredError(f"{label}: from {asked['low']} to {asked['high']} is nothing; turn the two round")
        return Condition(name, low=low, high=high)
    level = asked.get("level")
    if level in (None, "") or (attribute.kind == "flag" and level not in ("yes", "no")):
        raise KindredError(f"{label}: choose {'yes or no' if attribute.kind == 'flag' else 'a value'}")
    return Condition(name, level=str(level))


def _number(value: Any, label: str) -> Any:
    if value in (None, ""):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise KindredError(f"{label}: {value!r} is not a number; give one such as 100")
    return number


def _date(value: Any, label: str) -> Any:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise KindredError(f"{label}: {value!r} is not a date; give one as year-month-day") from None


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
    """The question as DuckDB's SQL over the copies ``c`` (customers) and ``r`` (run): the ids, in order.

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
    parts: list[str] = []
    given: list[Any] = []
    if query.prefix:
        parts.append("starts_with(c.customer_key, ?)")
        given.append(query.prefix)
    if query.segment is not None:
        parts.append("r.segment_id = ?")
        given.append(segment_id)
    if query.word is not None:
        parts.append("r.word = ?")
        given.append(query.word)
    for condition in query.conditions:
        text, parameters = _where(condition, kinds[condition.attribute])
        parts.append(text)
        given += parameters
    where = f"WHERE {' AND '.join(parts)} " if parts else ""
    if query.sort is None and not needs_run(query):
        return where.strip(), given  # the copy is in the order of the ids, and DuckDB keeps the order of a file
    way = "DESC" if query.descending else "ASC"
    by = [f"{each} {way} NULLS LAST" for each in _order(query.sort, kinds, values, order)]
    return f"{where}ORDER BY {', '.join([*by, 'c.customer_id'])}", given


def _where(condition: Condition, kind: str) -> tuple[str, list[Any]]:
    column = f"c.{quoted(condition.attribute)}"
    if condition.missing:
        return f"{column} IS NULL", []
    if kind == "flag":
        return f"{column} = ?", [1.0 if condition.level == "yes" else 0.0]
    if condition.level is not None:
        return f"{column} = ?", [condition.level]
    cast, upto = ("CAST(? AS DATE)", f"{column} < CAST(? AS DATE) + 1") if kind == "date" else ("?", f"{column} <= ?")
    bounds = [(f"{column} >= {cast}", condition.low), (upto, condition.high)]
    there = [(text, bound) for text, bound in bounds if bound is not None]
    return " AND ".join(text for text, _ in there), [bound for _, bound in there]


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


def quoted(name: str) -> str:
    """A column's name in SQL.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'
