"""Columns that look like card numbers or national ids: what a customer file should not carry."""

import re
from collections.abc import Sequence

_NATIONAL = re.compile(
    r"(?i)(^|[^a-z])(ssn|social.?security|national.?(id|insurance)|nino|passport|tax.?id|cpf|steuer.?id|personnummer|"
    r"id.?card|driver.?s?.?licen[cs]e|iban|cvv|password|pin.?code)([^a-z]|$)"
)
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
MOST = 0.8  # of the values


def looks_secret(header: str, values: Sequence[str]) -> str | None:
    """What a column seems to hold that should not be stored, in words; None when nothing of the kind.

    >>> looks_secret("number", ["4111 1111 1111 1111", "5500-0000-0000-0004"])
    'card numbers'
    >>> looks_secret("ssn", ["1"]), looks_secret("id", ["4111111111111112", "12"])
    ('national ids or credentials', None)
    """
    if _NATIONAL.search(header) or (
        values and sum(bool(_SSN.fullmatch(each)) for each in values) >= MOST * len(values)
    ):
        return "national ids or credentials"
    if values and sum(map(_is_card, values)) >= MOST * len(values):
        return "card numbers"
    return None


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return bool(re.fullmatch(r"[2-6]\d{12,18}", digits)) and _luhn(digits)


def _luhn(digits: str) -> bool:
    """The check digit of card numbers.

    >>> _luhn("4111111111111111"), _luhn("4111111111111112")
    (True, False)
    """
    doubled = [int(each) * (2 if place % 2 else 1) for place, each in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0
