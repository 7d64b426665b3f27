"""How numbers and dates are written, everywhere. Round once, here.

A missing figure (None or NaN) is always "not available", never 0 or an empty cell.
"""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime

from segmentation.modelling.algorithms import ALGORITHMS

MISSING = "not available"
MINUS = "\u2212"
TIMES = "\u00d7"


def is_missing(value: object) -> bool:
    """None, NaN and NaT are missing; zero is not.

    >>> is_missing(None), is_missing(float("nan")), is_missing(0)
    (True, True, False)
    """
    return value is None or value != value


def number(value: float | None, digits: int = 0) -> str:
    """Thousands by comma, a real minus sign, `digits` after the point.

    >>> number(1356988), number(-18.2), number(22.25, 1), number(None)
    ('1,356,988', '−18', '22.2', 'not available')
    >>> number(-0.2)
    '0'
    """
    if value is None or is_missing(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


def measure(value: float | None) -> str:
    """An average or another figure in the unit of its attribute: three or more whole digits stand alone.

    >>> measure(66330.6), measure(22.24), measure(0.034), measure(0), measure(None)
    ('66,331', '22.2', '0.03', '0.0', 'not available')
    """
    if value is None or is_missing(value):
        return MISSING
    size = abs(value)
    return number(value, 0 if size >= 99.95 else 1 if size >= 0.95 or size == 0 else 2)


def plain(value: float | None) -> str:
    """One observed value as it was recorded: whole numbers stay whole.

    >>> plain(22.0), plain(1.5), plain(66330.25), plain(None)
    ('22', '1.5', '66,330.25', 'not available')
    """
    if value is None or is_missing(value):
        return MISSING
    text = number(value, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_calendar_year(label: str) -> bool:
    """Whether an attribute holds years of the calendar, which have no thousands.

    >>> is_calendar_year("Year of birth"), is_calendar_year("Years as customer")
    (True, False)
    """
    return bool(re.search(r"\byear\b", label.lower()))


def average(value: float | None, label: str) -> str:
    """An average of the attribute called `label`.

    >>> average(1968.8, "Year of birth"), average(66330.6, "Income")
    ('1969', '66,331')
    """
    text = measure(value)
    return text.replace(",", "") if is_calendar_year(label) else text


def observed(value: float | None, label: str) -> str:
    """One recorded value of the attribute called `label`.

    >>> observed(1957.0, "Year of birth"), observed(66330.0, "Income")
    ('1957', '66,330')
    """
    text = plain(value)
    return text.replace(",", "") if is_calendar_year(label) else text


def with_unit(label: str, unit: str | None) -> str:
    """An attribute with its unit, unless its name says it.

    >>> with_unit("Age", "years"), with_unit("Years as customer", "years"), with_unit("Income", None)
    ('Age, years', 'Years as customer', 'Income')
    """
    return label if not unit or is_missing(unit) or unit.lower() in label.lower() else f"{label}, {unit}"


def inside(label: str) -> str:
    """A label or name inside a sentence: small first letter unless it is an abbreviation.

    >>> inside("Spending on wine"), inside("PhD"), inside("DSL line")
    ('spending on wine', 'PhD', 'DSL line')
    """
    first = label.split(" ")[0]
    return label if first[1:] != first[1:].lower() else label[:1].lower() + label[1:]


def algorithm(name: str) -> str:
    """An algorithm as people write it.

    >>> algorithm("kmeans"), algorithm("ward")
    ('k-means', 'Ward')
    """
    return ALGORITHMS[name].label if name in ALGORITHMS else sentence(name.replace("_", " "))


def made_by(name: str) -> str:
    """Who did something, behind what they did; an unnamed visitor of the pages has no name.

    >>> made_by("ana"), made_by("dashboard"), made_by("")
    ('by ana', 'from the dashboard', '')
    """
    return "from the dashboard" if name == "dashboard" else f"by {name}" if name else ""


def change(value: float | None, digits: int = 0) -> str:
    """A change always carries its sign.

    >>> change(280), change(-18), change(0), change(None)
    ('+280', '−18', '0', 'not available')
    """
    text = number(value, digits)
    return f"+{text}" if value is not None and not is_missing(value) and value > 0 and text.strip("0.,") else text


def percent(share: float | None, digits: int = 1) -> str:
    """A share in [0, 1] as percent; ``digits=0`` in sentences. What rounds away is said, not hidden.

    >>> percent(0.136), percent(0.45, 0), percent(0.004, 0), percent(0.0002), percent(0), percent(1)
    ('13.6%', '45%', 'under 1%', 'under 0.1%', '0.0%', '100.0%')
    >>> percent(0.998, 0), percent(None)
    ('over 99%', 'not available')
    """
    if share is None or is_missing(share):
        return MISSING
    step = 10.0**-digits
    if 0 < share * 100 <= step / 2:  # the half itself would be rounded to even, that is to nothing
        return f"under {step:.{digits}f}%"
    if 100 - step / 2 <= share * 100 < 100:
        return f"over {100 - step:.{digits}f}%"
    return number(share * 100, digits) + "%"


def statistic(value: float | None) -> str:
    """A statistic: two decimals.

    >>> statistic(0.9712), statistic(-0.005)
    ('0.97', '−0.01')
    """
    return number(value, 2)


def z_score(value: float | None) -> str:
    """A distance in standard deviations: one decimal.

    >>> z_score(3.81), z_score(-0.52)
    ('3.8', '−0.5')
    """
    return number(value, 1)


def lift(value: float | None) -> str:
    """How many times as often as among everyone.

    >>> lift(1.239), lift(0.58), lift(None)
    ('×1.24', '×0.58', 'not available')
    """
    return MISSING if value is None or is_missing(value) else TIMES + number(value, 2)


def times(value: float | None) -> str:
    """A multiple in a sentence.

    >>> times(1.68), times(12.3)
    ('1.7 times', '12 times')
    """
    if value is None or is_missing(value):
        return MISSING
    return number(value, 0 if value >= 9.95 else 1) + " times"


def between(low: float | None, high: float | None) -> str:
    """A range in words.

    >>> between(730, 1245), between(1.5, 2.4)
    ('730 to 1,245', '1.5 to 2.4')
    """
    return f"{plain(low)} to {plain(high)}"


def day(value: date | datetime | None) -> str:
    """A date.

    >>> day(date(2014, 12, 31)), day(None)
    ('31 Dec 2014', 'not available')
    """
    return MISSING if value is None or is_missing(value) else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """A date with its time, in UTC as stored.

    >>> moment(datetime(2026, 11, 20, 9, 5))
    '20 Nov 2026, 09:05 UTC'
    """
    return MISSING if value is None or is_missing(value) else f"{day(value)}, {value:%H:%M} UTC"


def duration(seconds: float | None) -> str:
    """How long something took.

    >>> duration(0.4), duration(42.4), duration(150), duration(7260)
    ('under a second', '42 seconds', '3 minutes', '2 hours')
    """
    if seconds is None or is_missing(seconds):
        return MISSING
    if seconds < 1:
        return "under a second"
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size or size == 1:
            return counted(math.floor(seconds / size + 0.5), unit)
    return MISSING


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "customer"), counted(2240, "customer"), counted(0, "category", "categories")
    ('1 customer', '2,240 customers', '0 categories')
    """
    return f"{number(n)} {noun if n == 1 else plural or noun + 's'}"


def in_words(n: int) -> str:
    """Small counts are words in sentences.

    >>> in_words(4), in_words(12), in_words(0)
    ('four', '12', 'no')
    """
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[n] if 0 <= n < len(words) else number(n)


def listed(items: Sequence[str], last: str = "and") -> str:
    """Items in a sentence.

    >>> listed(["age"]), listed(["age", "income", "visits"])
    ('age', 'age, income and visits')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def sentence(text: str) -> str:
    """The first letter large; the rest as it is.

    >>> sentence("income and PhD")
    'Income and PhD'
    """
    return text[:1].upper() + text[1:]
