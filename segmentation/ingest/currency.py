"""In which currency a file counts its money, as its own signs say."""

import re
from collections.abc import Iterable

from segmentation.errors import BadFileError
from segmentation.ingest.problems import Checked, Problem, collect
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnType

_CODES = {  # a sign that several countries write stands for the one that writes it most
    "US$": "USD", "$": "USD", "R$": "BRL", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₺": "TRY",
    "₩": "KRW", "₪": "ILS", "ZŁ": "PLN",
    **{code: code for code in ("EUR", "USD", "GBP", "CHF", "PLN", "BRL", "SEK", "NOK", "DKK", "INR")},
}  # fmt: skip
_SIGNS = r"US\$|R\$|[$€£¥₹₽₺₩₪]|EUR|USD|GBP|CHF|PLN|BRL|SEK|NOK|DKK|INR|zł|ZŁ"
_IN_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")


def check_currency(code: str) -> str:
    """The code in capitals; BadFileError unless it is one of three letters, or empty for none.

    >>> check_currency("eur"), check_currency("")
    ('EUR', '')
    """
    if code and not re.fullmatch(r"[A-Za-z]{3}", code):
        raise BadFileError(f"{code!r} is no currency; give its code of three letters, such as EUR or USD")
    return code.upper()


def currency_of(staging: Staging, numbers: Iterable[tuple[int, ColumnType]]) -> str | None:
    """The one currency that signs in the cells, or brackets in the headers, of number columns name; None: none or more.

    Parameters
    ----------
    numbers : iterable of (place, ColumnType)
        The columns that may hold money.
    """
    found: set[str] = set()
    for place, kind in numbers:
        if kind.kind != "number":
            continue
        found |= in_header(staging.dialect.header[place])
        if kind.style != "plain":
            signs = staging.rows_of(
                f"SELECT DISTINCT regexp_extract(c{place}, '({_SIGNS})', 1) FROM staged WHERE c{place} IS NOT NULL"
            )
            found |= {_CODES[sign.upper()] for (sign,) in signs if sign}
    return found.pop() if len(found) == 1 else None


def currency_remarks(
    staging: Staging, numbers: Iterable[tuple[int, ColumnType]], currency: str | None, checked: Checked
) -> None:
    """Warn of cells and headers that name another currency than `currency`; None: than most cells of their column."""
    for place, kind in numbers:
        if kind.kind != "number":
            continue
        header, cell = staging.dialect.header[place], f"c{place}"
        sign = f"regexp_extract({cell}, '({_SIGNS})', 1)"
        signs = [] if kind.style == "plain" else staging.rows_of(
            f"SELECT {sign}, count(*) FROM staged WHERE {sign} <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
        )  # fmt: skip
        usual = (currency or "").upper() or (_CODES[signs[0][0].upper()] if signs else None)
        told = f"an amount in {usual}; nothing is converted, it is added up as if it were"
        if others := [each for each, _ in signs if _CODES[each.upper()] != usual]:
            among = ", ".join(f"'{each}'" for each in others)
            collect(staging, cell, f"{sign} IN ({among})", header, told, "other_currency", checked, "warning")
        elif not signs and usual and (named := in_header(header)) and usual not in named:
            checked.add([Problem(1, header, None, told, "other_currency", "warning")])


def in_header(header: str) -> set[str]:
    """The currencies in the brackets of a header.

    >>> in_header("Annual Income (k$)"), in_header("Price [EUR]"), in_header("Score (1-100)"), in_header("EUR")
    ({'USD'}, {'EUR'}, set(), set())
    """
    inside = " ".join(_IN_BRACKETS.findall(header))
    return {_CODES[sign.upper()] for sign in re.findall(_SIGNS, inside)}
