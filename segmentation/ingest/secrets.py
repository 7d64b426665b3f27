"""Columns that look like card numbers or national ids: what a customer file should not carry."""

import re
from collections.abc import Iterable, Sequence

from segmentation import vocabulary
from segmentation.ingest.problems import Checked, Problem
from segmentation.ingest.staging import Staging

_NATIONAL = re.compile(
    r"(^|_)(ssn|social_?security|national_?(id|identity|insurance)|nino|passport|tax_?id|cpf|dni|bsn|aadhaa?r|"
    r"steuer_?id|personnummer|id_?card|driver_?s?_?licen[cs]e|iban|cvv|cvc|password|pin|pin_?code|api_?key)"
    r"(_?(no|nr|num|number))?(_|$)"
)
_CARD = re.compile(r"(^|_)(credit|debit)_?card_?(no|nr|num|number)?(_|$)")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_DNI = re.compile(r"(\d{8})-?([A-Z])")
_CPF = re.compile(r"\d{3}\.\d{3}\.\d{3}-\d{2}")
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
MOST = 0.8  # of the values
LOOKED = 100  # rows


def looks_secret(header: str, values: Sequence[str]) -> str | None:
    """What a column seems to hold that should not be stored, in words; None when nothing of the kind.

    >>> looks_secret("number", ["4111 1111 1111 1111", "5500-0000-0000-0004"])
    'card numbers'
    >>> looks_secret("PassportNo", ["1"]), looks_secret("shipping", ["4111111111111112", "12"])
    ('national ids or credentials', None)
    >>> looks_secret("CreditCardNumber", []), looks_secret("x", ["GB82 WEST 1234 5698 7654 32"])
    ('card numbers', 'national ids or credentials')
    >>> looks_secret("x", ["529.982.247-25"]), looks_secret("x", ["12345678Z", "12345679Z"])
    ('national ids or credentials', None)
    """
    name = vocabulary.snake(header)
    if _NATIONAL.search(name) or (values and sum(map(_is_national, values)) >= MOST * len(values)):
        return "national ids or credentials"
    if _CARD.search(name) or (values and sum(map(_is_card, values)) >= MOST * len(values)):
        return "card numbers"
    return None


def _is_national(text: str) -> bool:
    """A number as a state or a bank writes it, with its check digits where it has any."""
    packed = text.replace(" ", "").upper()
    if _SSN.fullmatch(text):
        return True
    if _IBAN.fullmatch(packed):
        return int("".join(str(int(each, 36)) for each in packed[4:] + packed[:4])) % 97 == 1
    if found := _DNI.fullmatch(packed):
        return "TRWAGMYFPDXBNJZSQVHLCKE"[int(found[1]) % 23] == found[2]
    if not _CPF.fullmatch(text):
        return False
    digits = [int(each) for each in text if each.isdigit()]
    return all(
        sum((length + 1 - place) * digits[place] for place in range(length)) * 10 % 11 % 10 == digits[length]
        for length in (9, 10)
    )


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


def secret_remarks(staging: Staging, places: Iterable[int], checked: Checked) -> None:
    """Warn of columns that are stored though they look like secrets."""
    first = staging.first(LOOKED)
    for place in places:
        values = [cell for row in first if (cell := row[place]) is not None]
        if held := looks_secret(staging.dialect.header[place], values):
            told = f"nothing secret; these seem to be {held}: leave the column out with a mapping to null"
            checked.add([Problem(1, staging.dialect.header[place], None, told, "secret", "warning")])
