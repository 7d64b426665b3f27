"""What the attributes of one role say of a segment against everyone: more of it, less, or nothing clear."""

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation import vocabulary
from segmentation.criteria import APART
from segmentation.portraits import Distinction, Rows, distinction, said
from segmentation.wording import listed, sentence_case

DECISIVE = ("value", "frequency", "recency", "response", "engagement", "tenure", "discount")  # roles that decide a play
TURNED = ("recency", "tenure")  # of a date a later day is less of it
TOLD = 2  # attributes a reason names


@dataclass(frozen=True)
class Signal:
    """One role in one segment.

    ``effect`` is the mean distance to everyone over the attributes of the role, in sd: positive is more of it
    (recency: inactive for longer; tenure: longer with us). ``told`` are these attributes, the furthest first.
    """

    role: str
    effect: float
    told: tuple[Distinction, ...]

    @property
    def level(self) -> int:
        """1 clearly more than everyone (0.5 sd, Cohen's medium), -1 clearly less, 0 neither."""
        return (self.effect >= APART) - (self.effect <= -APART)

    @property
    def words(self) -> str:
        """What it rests on: the furthest attributes that lie to the same side."""
        same = [each for each in self.told if _turned(self.role, each) * self.effect > 0]
        return sentence_case(listed([_figures(each) for each in same[:TOLD]]))


def signals(rows: Rows, everyone: Rows, roles: Mapping[str, str]) -> dict[str, Signal]:
    """The signal of every role that decides a play and that the dataset has; numbers, flags and dates count.

    Parameters
    ----------
    rows, everyone : mapping of str to ProfileRow
        Stored profiles of the members and of everyone, by attribute.
    roles : mapping of str to str
        Role by attribute.

    Returns
    -------
    dict of str to Signal
        By role, in the order of `DECISIVE`. Who left is no response, and is left out.
    """
    found: dict[str, list[Distinction]] = {}
    for name, row in rows.items():
        role = roles.get(name)
        if role not in DECISIVE or row.kind in ("category", "text") or vocabulary.canonical(name) == "churned":
            continue
        each = distinction(row, everyone[name]) if name in everyone else None
        if each is not None:
            found.setdefault(role, []).append(each)
    return {role: _signal(role, found[role]) for role in DECISIVE if role in found}


def _signal(role: str, found: list[Distinction]) -> Signal:
    effect = sum(_turned(role, each) for each in found) / len(found)
    return Signal(role, effect, tuple(sorted(found, key=lambda each: (-abs(each.effect), each.attribute))))


def _figures(each: Distinction) -> str:
    """A difference with its figures; a date has no average, and tells how far it lies from everyone's."""
    if each.mean is not None:
        return said(each)
    return f"{each.phrase}, by {abs(each.effect):.1f} standard deviations"


def _turned(role: str, each: Distinction) -> float:
    return -each.effect if role in TURNED and each.kind == "date" else each.effect
