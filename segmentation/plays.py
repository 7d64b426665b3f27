"""The fields of a play: what may be written into them, and two people's changes brought together."""

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from db.models import RISKS, STRATEGY_STATUSES
from segmentation.errors import KindredError
from segmentation.expected_value import ASSUMPTIONS, SHARES

TEXTS = ("objective", "message", "channel", "offer", "kpi", "avoid")
FIELDS = (*TEXTS, "budget", "risk", "owner", "due", "status", *ASSUMPTIONS)
LABELS = {
    "objective": "Objective", "message": "Message", "channel": "Channel", "offer": "Offer", "kpi": "Measure of success",
    "avoid": "What not to do", "budget": "Budget", "risk": "Risk", "owner": "Owner", "due": "Due", "status": "Status",
    "people": "People", "reach": "Reach", "response": "Response", "value": "Value of a response", "margin": "Margin",
    "cost": "Cost of a contact", "fixed": "Fixed costs",
}  # fmt: skip
LONGEST_TEXT, LONGEST_OWNER = 500, 80
MOST = 1e12  # of a number: beyond it somebody's finger slipped
Play = dict[str, Any]  # a value for every field, None or "" where empty; ``due`` as ISO date


@dataclass(frozen=True)
class Conflict:
    """A field that two changed: ``mine`` was refused, ``theirs`` is stored."""

    field: str
    mine: Any
    theirs: Any

    @property
    def label(self) -> str:
        return LABELS[self.field]


def empty() -> Play:
    """A play nothing was written into.

    >>> empty()["objective"], empty()["budget"], empty()["status"]
    ('', None, 'draft')
    """
    return {name: "" if name in (*TEXTS, "owner") else "draft" if name == "status" else None for name in FIELDS}


def checked(fields: Mapping[str, Any]) -> Play:
    """A whole play as it is kept; what is left out is empty.

    Raises
    ------
    KindredError
        A field is unknown, too long, no number, no date or none of its choices; every problem is told.

    Examples
    --------
    >>> play = checked({"objective": " Win  back ", "budget": "1200.5", "due": "2026-12-24", "response": 0.02})
    >>> play["objective"], play["budget"], play["due"], play["status"]
    ('Win  back', 1200.5, '2026-12-24', 'draft')
    >>> checked({"reach": 80, "due": "soon"})
    Traceback (most recent call last):
    db.errors.KindredError: due: 'soon' is no date, write 2026-12-24; reach: 8,000% is more than everyone
    """
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise KindredError(f"a play has no field {', '.join(unknown)}; its fields are: {', '.join(FIELDS)}")
    play, problems = empty(), []
    for name in FIELDS:
        given = fields.get(name)
        if given is None or (isinstance(given, str) and not given.strip()):
            continue
        try:
            play[name] = _checked(name, given)
        except KindredError as problem:
            problems.append(f"{LABELS[name].lower()}: {problem}")
    if problems:
        raise KindredError("; ".join(problems))
    if not play["objective"]:
        raise KindredError("a play needs an objective; write what it is for")
    return play


def _checked(name: str, given: Any) -> Any:
    if name in TEXTS or name == "owner":
        return _text(str(given), LONGEST_OWNER if name == "owner" else LONGEST_TEXT)
    if name == "due":
        try:
            return date.fromisoformat(str(given)).isoformat()
        except ValueError:
            raise KindredError(f"{given!r} is no date, write 2026-12-24") from None
    if name in ("risk", "status"):
        choices = RISKS if name == "risk" else STRATEGY_STATUSES
        if given not in choices:
            raise KindredError(f"{given!r} is none of {', '.join(choices)}")
        return given
    return _number(name, given)


def _text(given: str, longest: int) -> str:
    for sign in given:
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") and sign not in "\t\r\n\u200d":
            raise KindredError(f"it holds the sign U+{ord(sign):04X}, which cannot be read; leave it out")
    kept = unicodedata.normalize("NFC", given).strip()
    if len(kept) > longest:
        raise KindredError(f"{len(kept):,} characters are too many; at most {longest} are kept, shorten it")
    return kept


def _number(name: str, given: Any) -> float:
    try:
        value = float(given)
    except (TypeError, ValueError):
        raise KindredError(f"{given!r} is no number") from None
    if not math.isfinite(value) or not 0 <= value <= MOST:
        raise KindredError(f"{given!r} is not between 0 and {MOST:,.0f}")
    if name in SHARES and value > 1:
        raise KindredError(f"{value:,.0%} is more than everyone" if name != "margin" else f"{value:,.0%} is over 100%")
    if name == "people" and value != int(value):
        raise KindredError(f"{given!r} is no whole number of people")
    return value


def merge(base: Play, mine: Play, theirs: Play, seen: Play | None = None) -> tuple[Play, list[Conflict]]:
    """Bring two changes of the same play together, field by field.

    Parameters
    ----------
    base : Play
        What both began with.
    mine, theirs : Play
        What this person wants; what is stored by now.
    seen : Play, optional
        What this person was shown of theirs and still overrules.

    Returns
    -------
    tuple of Play and list of Conflict
        The play with the changes of both, and the fields that both changed, differently.

    Examples
    --------
    >>> began = empty() | {"objective": "Win back", "owner": "ana"}
    >>> both, conflicts = merge(began, began | {"owner": "bo"}, began | {"offer": "A gift"})
    >>> both["owner"], both["offer"], conflicts
    ('bo', 'A gift', [])
    >>> merge(began, began | {"owner": "bo"}, began | {"owner": "cy"})[1]
    [Conflict(field='owner', mine='bo', theirs='cy')]
    """
    merged, conflicts = dict(theirs), []
    for name in FIELDS:
        if mine[name] in (base[name], theirs[name]):
            continue
        if theirs[name] == base[name] or (seen is not None and theirs[name] == seen[name]):
            merged[name] = mine[name]
        else:
            conflicts.append(Conflict(name, mine[name], theirs[name]))
    return merged, conflicts


def rewound(play: Play, undone: Iterable[Mapping[str, Any]]) -> Play:
    """A play as it was before some changes.

    Parameters
    ----------
    undone : iterable of mapping
        ``before`` of each change, the newest first.

    Examples
    --------
    >>> rewound({"owner": "cy"}, [{"owner": "bo"}, {"owner": "ana"}])
    {'owner': 'ana'}
    """
    for before in undone:
        play = {**play, **before}
    return play


def difference(before: Play, after: Play) -> tuple[Play, Play]:
    """The fields that differ, as they were and as they are."""
    names = [name for name in FIELDS if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}
