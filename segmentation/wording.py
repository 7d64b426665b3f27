"""Figures inside sentences: what the product says in words, wherever it says it."""

import re
from collections.abc import Sequence

# Columns whose levels are proper names.
PROPER = ("city", "country", "region", "state", "nationality", "ethnicity", "religion", "language", "county", "brand")
SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def percent(share: float) -> str:
    """A share in [0, 1] as a sentence has it.

    >>> percent(0.4504), percent(0.004), percent(0.0), percent(1.0), percent(0.997)
    ('45%', 'under 1%', '0%', '100%', 'over 99%')
    """
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{share:.0%}"


def figure(value: float) -> str:
    """A mean or value, with decimals only where they say something, and a real minus.

    >>> figure(1356988.4), figure(22.16), figure(0.362), figure(-18.0), figure(44)
    ('1,356,988', '22.2', '0.36', '−18', '44')
    """
    size = abs(value)
    decimals = 0 if size >= 100 or value == round(value) else 1 if size >= 1 else 2
    text = f"{size:,.{decimals}f}"
    return f"−{text}" if value < 0 and text.strip("0.,") else text


def amount(value: float, label: str) -> str:
    """A figure of an attribute: as `figure`, but a calendar year without a thousands separator.

    >>> amount(1959.2, "Year of birth"), amount(1959.2, "Income")
    ('1959', '1,959')
    """
    return f"{value:.0f}" if _is_year(label) else figure(value)


def _is_year(label: str) -> bool:
    return "year" in re.split(r"[^a-z]+", label.lower())


def count_word(n: int) -> str:
    """``two`` for 2, ``12`` for 12.

    >>> count_word(2), count_word(1200)
    ('two', '1,200')
    """
    return SMALL_NUMBERS[n] if 0 <= n < len(SMALL_NUMBERS) else f"{n:,}"


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def customers(n: int) -> str:
    """``1 customer``, ``2,240 customers``."""
    return f"{n:,} customer{'' if n == 1 else 's'}"


def sentence_case(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def lowered(label: str) -> str:
    """A label inside a sentence: its first letter small, unless the word has capitals of its own.

    >>> lowered("Annual income"), lowered("DVD purchases"), lowered("PhD")
    ('annual income', 'DVD purchases', 'PhD')
    """
    rest = label.split(" ", 1)[0][1:]
    return label if rest != rest.lower() else label[:1].lower() + label[1:]


def more_or_higher(label: str, more: bool) -> str:
    """``more`` or ``fewer`` of what is counted, ``less`` spending, ``higher`` or ``lower`` measures, ``later`` years.

    >>> more_or_higher("Purchases on the web", True), more_or_higher("Days as customer", False)
    ('more', 'fewer')
    >>> more_or_higher("Campaigns answered", False), more_or_higher("Year of birth", True)
    ('fewer', 'later')
    >>> more_or_higher("Income", True), more_or_higher("Total charges", False)
    ('higher', 'lower')
    >>> more_or_higher("Spending on wine", False)
    'less'
    """
    if _is_year(label):
        return "later" if more else "earlier"
    head = re.split(r" (?:on|in|at|by|with|as|per|of|since|to) ", label.lower())[0].split()
    if len(head) > 1 and head[-1].endswith("ed"):  # campaigns answered
        head = head[:-1]
    last = head[-1] if head else ""
    if last == "spending":
        return "more" if more else "less"
    counted = last == "children" or (last.endswith("s") and not last.endswith(("ss", "us", "is", "charges", "sales")))
    return ("more" if more else "fewer") if counted else ("higher" if more else "lower")


def level_text(label: str, level: str) -> str:
    """What a level says without its column: ``yes`` says the column's name, a code needs it, a word does not.

    >>> level_text("Has a partner", "yes"), level_text("Device protection", "No"), level_text("Channel", "2")
    ('partner', 'no device protection', 'channel 2')
    >>> level_text("Contract", "Two year"), level_text("Home city", "Oslo")
    ('two year', 'Oslo')
    """
    named = label.lower().split(" ")[-1] in PROPER
    what, about = level if named else lowered(level), re.sub(r"^(has|is) (an? )?", "", lowered(label))
    if what in ("yes", "true"):
        return about
    if what in ("no", "false"):
        return f"no {about}"
    if what in ("other", "none", "unknown") or re.fullmatch(r"[\d.,\-]+", what):
        return f"{about} {what}"
    return what


def seldom(what: str, *, plain: bool = False) -> str:
    """A level that is rarer than among everyone; who rarely has none of it mostly has it.

    >>> seldom("two year"), seldom("no device protection"), seldom("two year", plain=True)
    ('less often two year', 'more often with device protection', 'rarely two year')
    """
    if what.startswith("no "):
        return f"{'mostly' if plain else 'more often'} with {what.removeprefix('no ')}"
    return f"{'rarely' if plain else 'less often'} {what}"


def how_often(share: float, more: bool) -> str:
    """How a level is spoken of against everyone: ``mostly``, ``more often``, ``less often`` or ``rarely``."""
    if more:
        return "mostly" if share >= 0.5 else "more often"
    return "rarely" if share < 0.2 else "less often"
