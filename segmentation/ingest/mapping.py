"""Which attribute every column of a file is."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from db.customers import MOST_ATTRIBUTES, RESERVED
from db.models import KINDS, ROLES
from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.dates import LATEST, latest_year
from segmentation.ingest.keys import KEY_HEADER, are_whole, place_of, whole
from segmentation.ingest.names import attribute_name, pretty
from segmentation.ingest.numbers import PERCENT
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnFacts, ColumnType, column_type, fitting_type
from segmentation.progress import Progress, no_progress


class KnownAttribute(Protocol):
    """An attribute the dataset has already; `db.models.Attribute` is one."""

    name: Any
    kind: Any
    source_header: Any


@dataclass(frozen=True)
class PlannedColumn:
    """Column `place` of the file and the attribute it becomes; ``new``: the dataset has it not yet.

    ``plain``: every cell is a plain number, as was seen when they were counted.
    """

    place: int
    header: str
    name: str
    label: str
    role: str
    unit: str | None
    sensitive: bool
    type: ColumnType
    new: bool
    plain: bool = False

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
        return f"CAST({self.cell} AS DOUBLE)" if self.plain else self.type.expression(self.cell)


@dataclass(frozen=True)
class Plan:
    """How a file is read into a dataset. ``key``: the place of the key column, None when rows are numbered."""

    key: int | None
    key_header: str | None
    columns: tuple[PlannedColumn, ...]
    ignored: tuple[str, ...]
    whole_keys: bool

    @property
    def key_expression(self) -> str:
        """SQL for the customer's key."""
        if self.key is None:
            return "CAST(row_number AS VARCHAR)"
        return whole(f"c{self.key}") if self.whole_keys else f"c{self.key}"

    def as_json(self) -> dict[str, str | None]:
        """Attribute by header; the key column is ``customer_key``, a column left out is null."""
        named: dict[str, str | None] = {} if self.key_header is None else {self.key_header: KEY_HEADER}
        named |= {column.header: column.name for column in self.columns}
        return named | dict.fromkeys(self.ignored)


def plan(
    staging: Staging,
    facts: Sequence[ColumnFacts],
    key: int | None,
    known: Sequence[KnownAttribute] = (),
    chosen: Mapping[str, Any] | None = None,
    *,
    leave_out: Collection[int] = (),
    limited: bool = True,
    this_year: int = LATEST,
    progress: Progress = no_progress,
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
    leave_out : collection of int
        Places that are no attributes unless `chosen` says so; see `segmentation.ingest.exported`.
    limited : bool
        More attributes than a dataset can have are an error, as are two columns that are one attribute. False, for a
        look at the file: the columns that are too many, or come second, are left out.
    this_year : int
        Years of two digits are near it; nobody was born after it.

    Raises
    ------
    BadFileError
        `chosen` names a column or kind that is not there, two columns are one attribute, or there are too many.
    """
    header = staging.dialect.header
    wishes: dict[int, Any] = {
        place_of(header, name, "a column of the mapping"): wish for name, wish in (chosen or {}).items()
    }
    targets: list[_Target] = []
    ignored: list[str] = []
    taken = {attribute.name.lower() for attribute in known} | set(RESERVED)
    used: dict[str, str] = {}
    new: list[str] = []
    for place, name in enumerate(header):
        if place == key:
            if limited and place in wishes and _leaves_out(wishes[place]):
                raise BadFileError(f"column {name!r} is the key and cannot be left out; give another with --key")
            continue
        if place in staging.dialect.unnamed and facts[place].filled == 0 and place not in wishes:
            ignored.append(name)  # a delimiter at the end of every line
            continue
        if _leaves_out(wishes[place]) if place in wishes else place in leave_out:
            ignored.append(name)
            continue
        wish = _wish(wishes[place], name) if place in wishes else {}
        if any(getattr(each, "computed", False) and each.name == wish.get("name", name) for each in known):
            ignored.append(name)  # an export wrote it; it follows from the purchases
            continue
        attribute = known_as(wish.get("name", name), known)
        target = attribute_name(wish.get("name", name), place, taken) if attribute is None else attribute.name
        if limited and attribute is None and wish.get("name"):
            _require_free(name, attribute_name(wish["name"], place, ()), target)
        clash = target in used
        if clash and limited:
            raise BadFileError(
                f"columns {used[target]!r} and {name!r} are both the attribute {target!r}; leave one out in the mapping"
            )
        if clash or (attribute is None and not limited and len(known) + len(new) >= MOST_ATTRIBUTES):
            ignored.append(name)
            continue
        used[target] = name
        taken.add(target.lower())
        targets.append(_Target(place, target, attribute, wish))
        new += [target] if attribute is None else []
    if limited:
        require_room(len(known), new)  # before thousands of columns are looked into
    columns = []
    for done, target in enumerate(targets):
        progress(done / len(targets), "recognising the columns")
        columns.append(_column(staging, facts[target.place], target, this_year))
    whole_keys = key is not None and are_whole(staging, f"c{key}", facts[key].filled)
    return Plan(key, None if key is None else header[key], tuple(columns), tuple(ignored), whole_keys)


def _require_free(header: str, wished: str, target: str) -> None:
    """BadFileError where the name that the mapping gives a column would be changed, for it is taken.

    >>> _require_free("email", "customer_key", "customer_key_2")
    Traceback (most recent call last):
    ...
    segmentation.errors.BadFileError: column 'email' cannot be 'customer_key': give the key with --key
    >>> _require_free("b", "x", "x")
    """
    if wished == target:
        return
    if wished == KEY_HEADER:
        why = "give the key with --key"
    elif wished in RESERVED:
        why = "Kindred keeps that name for itself; choose another in the mapping"
    else:
        why = "another column or attribute has that name; choose another in the mapping, or leave one out"
    raise BadFileError(f"column {header!r} cannot be {wished!r}: {why}")


@dataclass(frozen=True)
class _Target:
    """Column `place` is to be `attribute` of the dataset, or a new one called `name`, as wished."""

    place: int
    name: str
    attribute: KnownAttribute | None
    wish: Mapping[str, Any]


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


def _column(staging: Staging, counts: ColumnFacts, target: _Target, this_year: int) -> PlannedColumn:
    place, wish, header = target.place, target.wish, staging.dialect.header[target.place]
    born = "birth_date" in (vocabulary.canonical(header), vocabulary.canonical(target.name))
    until = latest_year(this_year, past=born)
    if target.attribute is not None:
        kind = replace(fitting_type(staging, place, target.attribute.kind), until=until)
        plain = _all_plain(kind, counts)
        return PlannedColumn(place, header, target.name, "", "", None, False, kind, new=False, plain=plain)
    entry = vocabulary.match(header)
    wanted = wish.get("kind")
    kind = fitting_type(staging, place, wanted) if wanted else column_type(staging, place, counts, entry)
    kind = replace(kind, until=until)
    return PlannedColumn(
        place=place,
        header=header,
        name=target.name,
        label=wish.get("label") or (entry.label if entry else pretty(header)),
        role=wish.get("role") or (entry.role if entry and _role_fits(entry.role, kind.kind) else "other"),
        unit=wish.get("unit") or _unit(header, kind, entry),
        sensitive=bool(wish.get("sensitive", entry.sensitive if entry else False)),
        type=kind,
        new=True,
        plain=_all_plain(kind, counts),
    )


def _all_plain(kind: ColumnType, counts: ColumnFacts) -> bool:
    return kind.kind == "number" and kind.style == "plain" and counts.numbers == counts.filled


def _unit(header: str, kind: ColumnType, entry: vocabulary.Entry | None) -> str | None:
    """What the header has in brackets, the cells behind every number, or the column's usual unit."""
    written = re.search(r"[(\[]\s*([^\d()\[\]]{1,8})\s*[)\]]", header)
    if written:
        return written.group(1).strip()
    return PERCENT if kind.style.endswith(PERCENT) else entry.unit if entry else None


def known_as(header_or_name: str, known: Sequence[KnownAttribute]) -> KnownAttribute | None:
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
