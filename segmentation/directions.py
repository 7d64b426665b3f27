"""What "more" and "less" of an attribute mean, as people say it: longer with us, younger, more spending on wine."""

from dataclasses import dataclass

from segmentation import vocabulary
from segmentation.wording import level_text, lowered, more_or_higher, seldom

AGO = " (days ago)"  # how the feature made of a date is called


@dataclass(frozen=True)
class Direction:
    """``topic`` is what an attribute is about, ``more`` and ``less`` what its high and low values mean."""

    topic: str
    more: str
    less: str

    def turned(self) -> "Direction":
        """For an attribute whose high values mean less: the later somebody joined, the newer."""
        return Direction(self.topic, self.less, self.more)


AGE = Direction("age", "older", "younger")
TENURE = Direction("time with us", "longer with us", "newer")
RECENCY = Direction("time since the last purchase", "inactive for longer", "active more recently")


def direction(attribute: str, label: str, kind: str = "number") -> Direction:
    """The words for an attribute, or for a feature made of one.

    Parameters
    ----------
    attribute, label : str
        Of a level of a category the label is "column: level".
    kind : str
        Of the attribute; a feature made of a date counts the days before ``as_of`` and is a number.

    Examples
    --------
    >>> direction("spend_home", "Spending on home")
    Direction(topic='spending on home', more='more spending on home', less='less spending on home')
    >>> direction("joined_on", "Customer since (days ago)").more, direction("joined_on", "Customer since", "date").more
    ('longer with us', 'newer')
    >>> direction("year_birth", "Year of birth").less, direction("contract=Two year", "Contract: Two year").more
    ('older', 'more often two year')
    >>> direction("opened_on", "Opened", "date").more
    'later opened'
    """
    column, _, level = label.partition(": ")
    if level:
        what = level_text(column, level)
        return Direction(lowered(column), f"more often {what}", seldom(what))
    if kind == "flag":
        what = level_text(label, "yes")
        return Direction(lowered(label), f"more often {what}", seldom(what))
    is_time = kind != "date" and label.endswith(AGO)
    known = _known(attribute, is_date=kind == "date" or is_time)
    if known is not None:
        return known.turned() if kind == "date" or (known is AGE and not is_time and _is_year(attribute)) else known
    what = lowered(label.removesuffix(AGO))
    if is_time or kind == "date":
        later = Direction(what, f"later {what}", f"earlier {what}")
        return later.turned() if is_time else later
    return Direction(what, f"{more_or_higher(label, True)} {what}", f"{more_or_higher(label, False)} {what}")


def _known(attribute: str, *, is_date: bool) -> Direction | None:
    entry = vocabulary.match(attribute)
    if entry is None:
        return None
    if entry.canonical in ("age", "birth_year", "birth_date"):
        return AGE
    if entry.role == "tenure":
        return TENURE
    # Days since the last purchase say so themselves; a date does not.
    return RECENCY if entry.role == "recency" and is_date else None


def _is_year(attribute: str) -> bool:
    return vocabulary.canonical(attribute) == "birth_year"
