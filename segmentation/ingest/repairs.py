"""Lines put right before they are cut into cells, and what may stand around a cell."""

import csv
import re
from collections.abc import Iterator
from typing import Any

ESCAPED = '\\"'  # cells in double quotes, and a backslash before a quotation mark in them
QUOTES = {'"': "double quotes", "'": "single quotes", "none": "no quotes", ESCAPED: 'quotes with \\" inside'}
_TOKENS = {
    '"': re.compile(r'"(?:[^"]|"")*"(?=\s|$)|\S+'),
    "'": re.compile(r"'(?:[^']|'')*'(?=\s|$)|\S+"),
    "none": re.compile(r"\S+"),
}
_WIDE = re.compile(r"\s{2,}|\t")
_ESCAPE = re.compile(r'\\(["\\]|$)')
_INSIDE = re.compile(r'[,;|\t]"[^"]*[,;|\t] +""')  # the blank stands within a cell
ESCAPES = re.compile(rb'"[^"\r\n]*\\"[^",;\t|\r\n]')  # in a cell in quotes, and not at its end


_SPACED = re.compile(r'(^|[,;|\t])[ ]+(?="(?:[^"]|"")*"[ ]*(?:[,;|\t]|$))')


def mark_of(quote: str) -> str:
    """The character that stands around a cell."""
    return '"' if quote == ESCAPED else quote


def repaired(lines: Any, repair: str, quote: str = '"') -> Iterator[str]:
    """Lines as they would be in an ordinary file."""
    for line in lines:
        bare = line.rstrip("\r\n")
        if repair == "quoted":
            yield unquoted(bare)
        elif repair == "escaped":
            yield _ESCAPE.sub(lambda found: '""' if found[1] == '"' else found[1], bare)
        elif repair == "spaced":
            yield spaced(bare)
        elif repair == "wide_blanks":
            yield "\t".join(_WIDE.split(bare.strip()))
        else:
            yield "\t".join(_TOKENS[quote].findall(bare))


def spaced(line: str) -> str:
    """The line without the blanks before cells in quotes.

    >>> spaced('1, "Ann, B",  "x"'), spaced('1,"a, ""b"", c"')
    ('1,"Ann, B","x"', '1,"a, ""b"", c"')
    """
    return line if _INSIDE.search(line) else _SPACED.sub(r"\1", line)


def unquoted(line: str) -> str:
    """The line without the quotes around the whole of it, if it has any.

    >>> unquoted('"1,Ann,""a, b"" "'), unquoted('"a","b"')
    ('1,Ann,"a, b" ', '"a","b"')
    """
    inner = line[1:-1]
    if len(line) < 2 or line[0] != '"' or line[-1] != '"' or '"' in inner.replace('""', ""):
        return line
    return inner.replace('""', '"')


def csv_way(quote: str) -> dict[str, Any]:
    """The arguments of `csv.reader` for a choice of `QUOTES`."""
    return {"quoting": csv.QUOTE_NONE} if quote == "none" else {"quotechar": quote}
