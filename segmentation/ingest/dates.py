"""How dates are written, and the SQL that reads them."""

import re
from datetime import date, datetime
from functools import partial

PACKED = "%Y%m%d"
DATE_STYLES = {  # the year of two digits first: the one of four would read 14 as the year 14
    "iso": (),
    PACKED: (PACKED, f"{PACKED}.0"),
    "%Y.%m.%d": ("%Y.%m.%d",),
    "%d/%m/%Y": tuple(f"%d{mark}%m{mark}{year}" for mark in "/-." for year in ("%y", "%Y")),
    "%m/%d/%Y": tuple(f"%m{mark}%d{mark}{year}" for mark in "/-." for year in ("%y", "%Y")),
    "%d %b %Y": tuple(
        f"%d{mark}{month}{mark}{year}" for mark in " -" for month in ("%b", "%B") for year in ("%y", "%Y")
    ),
    "%b %d, %Y": ("%b %d, %Y", "%B %d, %Y"),
}
YEAR_FIRST = "%y/%m/%d"  # only where the user says so: 24/12/31 is a day of 2031 as well
_FORMS = DATE_STYLES | {YEAR_FIRST: tuple(f"%y{mark}%m{mark}%d" for mark in "/-.")}
LOOKS = {  # a quick look before the slow parsing
    "iso": re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].+)?$"),
    PACKED: re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])(\.0)?$"),
    "%Y.%m.%d": re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}"),
    "%d/%m/%Y": re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2,4}"),
    "%m/%d/%Y": re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2,4}"),
    "%d %b %Y": re.compile(r"\d{1,2}[ -][A-Za-z]{3,}[ -]\d{2,4}"),
    "%b %d, %Y": re.compile(r"[A-Za-z]{3,} \d{1,2}, \d{4}"),
}
ORDERS = ("%d/%m/%Y", "%m/%d/%Y")
MIXED = "mixed "
BOTH = "both orders"
ELSE = ", else "
COUNTED = {  # SQL of the microseconds since 1970, and the numbers that are days from 1990 to 2050
    "days since 1900": ("({} - 25569) * 86400000000", 32_874, 55_153),
    "seconds since 1970": ("{} * 1000000", 631_152_000, 2_556_057_600),
    "milliseconds since 1970": ("{} * 1000", 631_152_000_000, 2_556_057_600_000),
}
LATEST = 2068  # two digits are read as 1969 to 2068 before a column says otherwise
AHEAD = 20  # years: contracts and cards end in the future, births and purchases do not
TWO_DIGITS = r"^\d{1,2}[-/. ][0-9A-Za-z]+[-/. ]\d{2}([ T]|$)"
ZONED = r":\d{2}(\.\d+)? ?([Zz]|[+-]\d{2}(:?\d{2})?|[A-Za-z_]{2,}(/[A-Za-z_]+)*)$"  # behind a time
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def fits_date(text: str, style: str) -> bool:
    """Is this text a date of this style?"""
    if LOOKS[style].match(text) is None:
        return False
    if style == "iso":
        return True
    day = text if " " in style else re.split(r"[ T]", text, maxsplit=1)[0]
    return any(_parses(day, form) for form in DATE_STYLES[style])


def _parses(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).year >= 1000  # noqa: DTZ007 (a day of the file, in no zone)
    except ValueError:
        return False


def example_of(style: str) -> str:
    """What a cell of this style must be, in words."""
    if style in COUNTED:
        return f"a number of {style}"
    return "a date like " + ("2024-12-31" if style == "iso" else date(2024, 12, 31).strftime(style))


def latest_year(this_year: int, *, past: bool) -> int:
    """The last year that two digits may mean; `past`: what these dates tell has happened.

    >>> latest_year(2026, past=True), latest_year(2026, past=False)
    (2026, 2046)
    """
    return min(this_year if past else this_year + AHEAD, LATEST)


def full_year(written: int, until: int) -> int:
    """The year that is written, two digits in the hundred years that end with `until`.

    >>> [full_year(year, 2026) for year in (26, 27, 1967)]
    [2026, 1927, 1967]
    """
    return written if written > 99 else until - (until - written) % 100


def date_expression(column: str, style: str, *, zoned: bool = False, until: int = LATEST) -> str:
    """SQL for the time in `column`; NULL where the text is none in this style.

    Parameters
    ----------
    zoned : bool
        Times of another zone are turned into UTC; False: the time of day stands as it is written.
    until : int
        The last year that two digits may mean, at most `LATEST`.
    """
    if style.startswith(MIXED):
        ways = _mixed_ways(column, style.removeprefix(MIXED), zoned=zoned, until=until)
        return f"coalesce({', '.join(ways)})"
    if style == "iso":  # would take 'epoch' and 'infinity' as well
        value = f"TRY_CAST({column} AS TIMESTAMP)"
        value = f"CASE WHEN {is_zoned(column)} THEN {_in_utc(column)} ELSE {value} END" if zoned else value
        return f"CASE WHEN {column}[1] BETWEEN '0' AND '9' AND year({value}) BETWEEN 1000 AND 9999 THEN {value} END"
    if style in COUNTED:
        since, low, high = COUNTED[style]
        number = f"TRY_CAST({column} AS DOUBLE)"
        micros = f"CAST(round({since.format(number)}) AS BIGINT)"
        return f"CASE WHEN {number} >= {low} AND {number} < {high} THEN make_timestamp({micros}) END"
    digit = f"regexp_matches({column}, '[0-9]')"  # 'epoch' and 'infinity' are days to strptime, too
    formats = ", ".join(f"'{form}{time}'" for time in _TIMES for form in _FORMS[style])
    value = f"try_strptime({column}, [{formats}])"
    if until < LATEST:
        late = f"year({value}) > {until} AND {has_two_digits(column)}"
        value = f"CASE WHEN {late} THEN {value} - INTERVAL 100 YEAR ELSE {value} END"
    return f"CASE WHEN {digit} AND year({value}) BETWEEN 1000 AND 9999 THEN {value} END"


def is_zoned(column: str) -> str:
    """SQL: does a time in `column` name its zone?"""
    return f"(strlen({column}) > 16 AND regexp_matches({column}, '{ZONED}'))"


def has_two_digits(column: str) -> str:
    """SQL: has a date in `column` a year of two digits?"""
    return f"regexp_matches({column}, '{TWO_DIGITS}')"


def _in_utc(column: str) -> str:
    instant = f"TRY_CAST(regexp_replace({column}, ' ([+-])', '\\1') AS TIMESTAMPTZ)"
    return f"make_timestamp(epoch_us({instant}))"


def _mixed_ways(column: str, style: str, *, zoned: bool, until: int) -> list[str]:
    """SQL of each way that a cell of a column written in several ways may be read, the first that fits first."""
    read = partial(date_expression, column, zoned=zoned, until=until)
    own, _, other = style.partition(ELSE)
    rest = [way for way in (own, *DATE_STYLES) if way not in ORDERS]
    if other == BOTH:
        day, month = (read(order) for order in ORDERS)
        one = f"CASE WHEN ({day}) IS NULL THEN {month} WHEN ({month}) IS NULL OR ({day}) = ({month}) THEN {day} END"
        return [*(read(way) for way in dict.fromkeys(rest)), one]
    ways = [own, *rest, *([other] if other else [])]
    return [read(way) for way in dict.fromkeys(ways)]
