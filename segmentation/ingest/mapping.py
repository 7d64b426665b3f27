"""Which column of a file is the key, and which attribute every other column is."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from db.customers import MOST_ATTRIBUTES, MOST_NAME_BYTES, RESERVED
from db.models import KINDS, ROLES
from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnFacts, ColumnType, column_type, fitting_type
from segmentation.lookups import near

ROW_KEY = "@row"
KEY_HEADER = "customer_key"  # of an export of customers that have no key of their own
EXPORT_ONLY = ("segment", "segment_slug", "confidence")  # an export adds them; they are no attributes


class KnownAttribute(Protocol):
    """An attribute the dataset has already; `db.models.Attribute` is one."""

    name: Any
    kind: Any
    source_header: Any


@dataclass(frozen=True)
class PlannedColumn:
    """Column `place` of the file and the attribute it becomes; ``new``: the dataset has it not yet."""

    place: int
    header: str
    name: str
    label: str
    role: str
    unit: str | None
    sensitive: bool
    type: ColumnType
    new: bool

    @property
    def kind(self) -> str:
        return self.type.kind

    @property
    def cell(self) -> str:
        """The staged column, as SQL."""
        return f"c{self.place}"

    @property
    def value(self) -> str:
        """SQL for the typed value; NULL where the cell does not fit."""
        return self.type.expression(self.cell)


@dataclass(frozen=True)
class Plan:
    """How a file is read into a dataset. ``key``: the place of the key column, None when rows are numbered."""

    key: int | None
    key_header: str | None
    columns: tuple[PlannedColumn, ...]
    ignored: tuple[str, ...]

    @property
    def key_expression(self) -> str:
        """SQL for the customer's key."""
        return "CAST(row_number AS VARCHAR)" if self.key is None else f"c{self.key}"

    def as_json(self) -> dict[str, str | None]:
        """Attribute by header; the key column is ``customer_key``, a column left out is null."""
        named: dict[str, str | None] = {} if self.key_header is None else {self.key_header: KEY_HEADER}
        named |= {column.header: column.name for column in self.columns}
        return named | dict.fromkeys(self.ignored)


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
    """
    if asked == ROW_KEY:
        if not new and dataset_key is not None:
            raise BadFileError(
                f"this dataset is keyed by {dataset_key!r}; numbered rows (@row) would not fit its customers"
            )
        return None
    if asked is not None:
        return _place(header, asked, "the key column")
    if not new and dataset_key is None:
        return header.index(KEY_HEADER) if KEY_HEADER in header else None
    if not new:
        assert dataset_key is not None
        return _place(header, dataset_key, "the dataset's key column")
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


def propose_key(header: Sequence[str], facts: Sequence[ColumnFacts], rows: int) -> int | None:
    """The column whose name says "customer id" and that has a value in nearly every row; the first such."""
    for place, name in enumerate(header):
        entry = vocabulary.match(name)
        if entry and entry.canonical == "customer_id" and facts[place].filled >= 0.5 * rows:
            return place
    return None


def plan(
    staging: Staging,
    facts: Sequence[ColumnFacts],
    key: int | None,
    known: Sequence[KnownAttribute] = (),
    chosen: Mapping[str, Any] | None = None,
    *,
    limited: bool = True,
) -> Plan:
    """Every column's attribute.

    Parameters
    ----------
    known : sequence of attributes
        What the dataset has; a column is one of them by its header, its name or a synonym, and then of its kind.
    chosen : mapping, optional
        By header: an attribute name, None to leave the column out, or an object with any of ``to`` (name, or None to
        leave it out; also called ``name``), ``label``, ``kind``, ``role``, ``unit``, ``sensitive``. Headers not in it
        are mapped as usual.
    limited : bool
        More attributes than a dataset can have are an error; False: for a look at the file.

    Raises
    ------
    BadFileError
        `chosen` names a column or kind that is not there, two columns are one attribute, or there are too many.
    """
    header = staging.dialect.header
    wishes: dict[int, Any] = {
        _place(header, name, "a column of the mapping"): wish for name, wish in (chosen or {}).items()
    }
    exported = all(name in header for name in EXPORT_ONLY)
    columns: list[PlannedColumn] = []
    ignored: list[str] = []
    taken = {attribute.name.lower() for attribute in known} | set(RESERVED)
    used: dict[str, str] = {}
    for place, name in enumerate(header):
        if place == key:
            continue
        if place in staging.dialect.unnamed and facts[place].filled == 0 and place not in wishes:
            ignored.append(name)  # a delimiter at the end of every line
            continue
        leave_out = place in wishes and _leaves_out(wishes[place])
        wish = _wish(wishes[place], name) if place in wishes and not leave_out else {}
        if (place in wishes and _leaves_out(wishes[place])) or (
            place not in wishes and exported and name in EXPORT_ONLY
        ):
            ignored.append(name)
            continue
        if any(getattr(each, "computed", False) and each.name == wish.get("name", name) for each in known):
            ignored.append(name)  # an export wrote it; it follows from the purchases
            continue
        column = _column(staging, facts[place], place, wish, known, taken)
        if column.name in used:
            raise BadFileError(
                f"columns {used[column.name]!r} and {name!r} are both the attribute {column.name!r}; "
                "leave one out in the mapping"
            )
        used[column.name] = name
        taken.add(column.name.lower())
        columns.append(column)
    if limited:
        require_room(len(known), [column.name for column in columns if column.new])
    return Plan(key, None if key is None else header[key], tuple(columns), tuple(ignored))


def require_room(known: int, new: Sequence[str]) -> None:
    """BadFileError names the attributes that are too many for a dataset that has `known` already.

    >>> require_room(499, ["a", "b", "c"])
    Traceback (most recent call last):
    ...
    segmentation.errors.BadFileError: 502 attributes, at most 500 are possible; leave out 'b' and 1 more after it
    """
    if known + len(new) > MOST_ATTRIBUTES:
        over = new[max(MOST_ATTRIBUTES - known, 0) :]
        raise BadFileError(
            f"{known + len(new)} attributes, at most {MOST_ATTRIBUTES} are possible; leave out {over[0]!r}"
            + (f" and {len(over) - 1} more after it" if len(over) > 1 else "")
        )


def _column(
    staging: Staging,
    counts: ColumnFacts,
    place: int,
    wish: Mapping[str, Any],
    known: Sequence[KnownAttribute],
    taken: set[str],
) -> PlannedColumn:
    header = staging.dialect.header[place]
    attribute = _known(wish.get("name", header), known)
    entry = vocabulary.match(header)
    if attribute is not None:
        kind = fitting_type(staging, place, attribute.kind)
        return PlannedColumn(place, header, attribute.name, "", "", None, False, kind, new=False)
    wanted = wish.get("kind")
    kind = fitting_type(staging, place, wanted) if wanted else column_type(staging, place, counts, entry)
    unit = re.search(r"[(\[]\s*([^\d()\[\]]{1,8})\s*[)\]]", header)
    return PlannedColumn(
        place=place,
        header=header,
        name=attribute_name(wish.get("name", header), place, taken),
        label=wish.get("label") or (entry.label if entry else pretty(header)),
        role=wish.get("role") or (entry.role if entry and _role_fits(entry.role, kind.kind) else "other"),
        unit=wish.get("unit") or (unit.group(1).strip() if unit else entry.unit if entry else None),
        sensitive=bool(wish.get("sensitive", entry.sensitive if entry else False)),
        type=kind,
        new=True,
    )


def attribute_name(header: str, place: int, taken: set[str]) -> str:
    """Snake case of the header, at most 63 bytes, with a number behind it when `taken` (lower case) has it.

    >>> attribute_name("Größe (cm)", 3, set()), attribute_name("customer_id", 0, {"customer_id"})
    ('grosse_cm', 'customer_id_2')
    >>> attribute_name("年齢", 3, set())
    'column_4'
    """
    ascii_only = unicodedata.normalize("NFKD", header.replace("ß", "ss")).encode("ascii", "ignore").decode()
    base = vocabulary.snake(ascii_only)[:MOST_NAME_BYTES] or f"column_{place + 1}"
    name, number = base, 2
    while name in taken:
        suffix = f"_{number}"
        name, number = base[: MOST_NAME_BYTES - len(suffix)] + suffix, number + 1
    return name


def pretty(header: str) -> str:
    """A label from a header.

    >>> pretty("Z_CostContact"), pretty("avg order  value (k$)")
    ('Z cost contact', 'Avg order value (k$)')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).replace("_", " ").split()
    lowered = [
        word if word.isupper() or index == 0 or "$" in word else word.lower() for index, word in enumerate(words)
    ]
    label = " ".join(lowered)
    return label[:1].upper() + label[1:]


def _known(header_or_name: str, known: Sequence[KnownAttribute]) -> KnownAttribute | None:
    """The attribute a header means: by source header, by name, then by a synonym that only one of them has."""
    for attribute in known:
        if attribute.source_header == header_or_name:
            return attribute
    for attribute in known:
        if attribute.name == vocabulary.snake(header_or_name):
            return attribute
    entry = vocabulary.match(header_or_name)
    if entry is None:
        return None
    alike = [each for each in known if entry.canonical in (vocabulary.canonical(each.source_header), each.name)]
    return alike[0] if len(alike) == 1 else None


def _role_fits(role: str, kind: str) -> bool:
    """Money and counts are numbers: a text column called "sales" has no value to sum."""
    return (
        kind == "number"
        or role not in ("value", "frequency", "recency", "discount")
        or (role, kind) == ("recency", "date")
    )


def _place(header: Sequence[str], name: str, what: str) -> int:
    if name in header:
        return header.index(name)
    alike = [place for place, each in enumerate(header) if vocabulary.snake(each) == vocabulary.snake(name)]
    if len(alike) == 1:
        return alike[0]
    entry = vocabulary.match(name)
    if entry is not None and entry.canonical == "customer_id" and what != "the key column":
        same = [place for place, each in enumerate(header) if vocabulary.canonical(each) == "customer_id"]
        if len(same) == 1:
            return same[0]
    close = near(name, list(header))
    hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"its columns are: {', '.join(header[:10])}"
    raise BadFileError(f"{what} {name!r} is not in the file; {hint}")


def _could_be_key(counts: ColumnFacts, rows: int) -> bool:
    return counts.filled == rows and counts.distinct >= 0.9 * rows  # the count of distinct values is an estimate


def _leaves_out(wish: Any) -> bool:
    return wish is None or (isinstance(wish, Mapping) and "to" in wish and wish["to"] is None)


def _wish(wish: Any, header: str) -> Mapping[str, Any]:
    if wish is None:
        return {}
    if isinstance(wish, str):
        return {"name": wish}
    if isinstance(wish, Mapping) and "to" in wish:
        wish = {"name": wish["to"], **{field: value for field, value in wish.items() if field not in ("to", "name")}}
    allowed = {"name", "label", "kind", "role", "unit", "sensitive"}
    if not isinstance(wish, Mapping) or set(wish) - allowed:
        raise BadFileError(
            f"the mapping of {header!r} must be an attribute name, null or an object with {sorted(allowed)}"
        )
    for field, values in (("kind", KINDS), ("role", ROLES)):
        if field in wish and wish[field] not in values:
            raise BadFileError(f"the mapping of {header!r} has {field} {wish[field]!r}; possible: {', '.join(values)}")
    return wish
