"""Which customers: the one way to say it, for the table, exports, commands and what-ifs. Pure.

A filter is data, never SQL: every attribute is looked up among those of the dataset and every value travels as a
parameter.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol, Self

from segmentation.errors import KindredError
from segmentation.features.rfm import NAMES
from segmentation.lookups import near

WORDS = ("clear", "leaning", "borderline")
SEGMENT, CONFIDENCE = "segment", "confidence"  # what a text calls them, unless an attribute has the name
RFM, RFM_LABEL = "@rfm", "RFM group"  # computed from what customers bought, no attribute of theirs
_TEXT = re.compile(r"\s*(@?[^\s<>=]+)\s*(?:(>=|<=|=)\s*(.*?)|(missing))\s*", re.DOTALL)
HOW = (
    "write attribute>=value, attribute<=value, attribute=value, 'attribute missing', segment=slug, confidence=word "
    "or rfm=group"
)


class AttributeLike(Protocol):
    """What a filter needs to know of an attribute."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class Condition:
    """What one attribute must be: within ``low`` and ``high`` (both included, either may be open), or ``level``
    (a category's or text's exact text, a flag's ``yes`` or ``no``), or missing. The attribute `RFM` has the names of
    the eleven groups as levels.
    """

    attribute: str
    low: float | str | None = None
    high: float | str | None = None
    level: str | None = None
    missing: bool = False


@dataclass(frozen=True)
class _RfmGroup:
    """`RFM` as a filter looks it up."""

    name: str = RFM
    label: str = RFM_LABEL
    kind: str = "category"


@dataclass(frozen=True)
class Filter:
    """Customers in the segment of this slug, with this word of confidence, who meet all conditions; None: any."""

    segment: str | None = None
    word: str | None = None
    conditions: tuple[Condition, ...] = ()

    @classmethod
    def of(cls, asked: Mapping[str, Any], attributes: Sequence[AttributeLike]) -> Self:
        """A filter as the browser sends it and the store keeps it, checked against the attributes of the dataset.

        Raises
        ------
        KindredError
            A word that is none, or a condition that cannot be; see `parse_conditions`.
        """
        word = asked.get("word") or None
        if word is not None and word not in WORDS:
            raise KindredError(f"{word!r} is no word of confidence; choose {', '.join(WORDS)}")
        conditions = parse_conditions(asked.get("conditions") or (), attributes)
        return cls(segment=asked.get("segment") or None, word=word, conditions=conditions)

    def as_json(self) -> dict[str, Any]:
        """What `of` reads again."""
        conditions = [asdict(each) for each in self.conditions]
        return {"segment": self.segment, "word": self.word, "conditions": conditions}

    def __bool__(self) -> bool:
        return bool(self.segment or self.word or self.conditions)

    @property
    def needs_rfm(self) -> bool:
        """Whether it asks for one of the RFM groups."""
        return any(each.attribute == RFM for each in self.conditions)


def parse_conditions(asked: Iterable[Mapping[str, Any]], attributes: Sequence[AttributeLike]) -> tuple[Condition, ...]:
    """Conditions as the browser sends them, checked against the attributes of the dataset.

    Raises
    ------
    KindredError
        An attribute that is not there, a bound that is not a number or a date, or no bound at all.
    """
    kinds = _by_name(attributes)
    return tuple(_condition(each, _known(str(each.get("attribute")), kinds)) for each in asked)


def parse_texts(texts: Iterable[str], attributes: Sequence[AttributeLike]) -> dict[str, Any]:
    """A filter as texts, one condition each, as `Filter.of` reads it. Bounds of one attribute come together.

    Raises
    ------
    KindredError
        A text that is no condition, an attribute that is not there, or one asked for twice.

    Examples
    --------
    >>> from collections import namedtuple
    >>> age = namedtuple("A", "name label kind")("age", "Age", "number")
    >>> asked = parse_texts(["segment=at-risk", "age>=30", "age <= 40"], [age])
    >>> asked["segment"], asked["conditions"]
    ('at-risk', [{'attribute': 'age', 'low': '30', 'high': '40'}])
    """
    kinds = _by_name(attributes)
    asked: dict[str, Any] = {"segment": None, "word": None}
    conditions: dict[str, dict[str, Any]] = {}
    for text in texts:
        found = _TEXT.fullmatch(text)
        if found is None:
            raise KindredError(f"{text!r} is no filter: {HOW}")
        name, sign, value, missing = found.groups()
        run = {SEGMENT: "segment", CONFIDENCE: "word"}.get(name.removeprefix("@"))
        if run is not None and (name.startswith("@") or name not in kinds):
            if sign != "=" or asked[run]:
                raise KindredError(f"{text!r} is no filter: give one {name}=... at most")
            asked[run] = value
            continue
        name = RFM if name == RFM.removeprefix("@") and name not in kinds else name
        attribute = _known(name, kinds)
        part = {"missing": True} if missing else _part(attribute.kind, sign, value, text)
        before = conditions.setdefault(name, {"attribute": name})
        if before.keys() & part.keys() or (missing and len(before) > 1) or "missing" in before:
            raise KindredError(f"{text!r} asks for {name} a second time; give one lowest and one highest value")
        before |= part
    return asked | {"conditions": list(conditions.values())}


def _by_name(attributes: Sequence[AttributeLike]) -> dict[str, AttributeLike]:
    return {attribute.name: attribute for attribute in (*attributes, _RfmGroup())}


def _part(kind: str, sign: str, value: str, text: str) -> dict[str, Any]:
    if kind not in ("number", "date"):
        if sign != "=":
            raise KindredError(f"{text!r}: this attribute has no order; write attribute=value")
        return {"level": value}
    return {">=": {"low": value}, "<=": {"high": value}, "=": {"low": value, "high": value}}[sign]


def _known(name: str, kinds: Mapping[str, AttributeLike]) -> AttributeLike:
    if name not in kinds:
        close = near(name, list(kinds), limit=1)
        hint = f"did you mean {close[0]!r}?" if close else "choose one of the list"
        raise KindredError(f"there is no column {name!r}; {hint}")
    return kinds[name]


def _condition(asked: Mapping[str, Any], attribute: AttributeLike) -> Condition:
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
    if name == RFM and level not in NAMES:
        raise KindredError(f"{label}: {level!r} is none of them; choose {', '.join(NAMES)}")
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


def where(asked: Filter, kinds: Mapping[str, str], segment_id: int | None) -> tuple[list[str], list[Any]]:
    """A filter as DuckDB's SQL over the copies ``c`` (customers), ``r`` (run) and ``m`` (RFM groups): parts to join by
    AND, parameters.

    `kinds` by attribute; a condition on another one than these and `RFM` is a KeyError. `segment_id` is that of the
    filter's segment.

    >>> where(Filter("at-risk", None, (Condition("age", low=30.0),)), {"age": "number"}, 4)
    (['r.segment_id = ?', 'c."age" >= ?'], [4, 30.0])
    >>> where(Filter(conditions=(Condition(RFM, level="Lost"),)), {}, None)
    (['m.rfm_group = ?'], ['Lost'])
    """
    parts: list[str] = []
    given: list[Any] = []
    if asked.segment is not None:
        parts.append("r.segment_id = ?")
        given.append(segment_id)
    if asked.word is not None:
        parts.append("r.word = ?")
        given.append(asked.word)
    for condition in asked.conditions:
        text, parameters = _where(condition, kinds)
        parts.append(text)
        given += parameters
    return parts, given


def _where(condition: Condition, kinds: Mapping[str, str]) -> tuple[str, list[Any]]:
    of_group = condition.attribute == RFM
    column = "m.rfm_group" if of_group else f"c.{quoted(condition.attribute)}"
    kind = "category" if of_group else kinds[condition.attribute]
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


def quoted(name: str) -> str:
    """A column's name in SQL.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'
