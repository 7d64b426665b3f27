"""What an attribute is called: a name for programs and a label for people, from a header."""

import re
import unicodedata
from collections.abc import Collection

from db.customers import MOST_NAME_BYTES
from segmentation import vocabulary


def attribute_name(header: str, place: int, taken: Collection[str]) -> str:
    """Snake case of the header, at most 63 bytes, with a number behind it when `taken` (lower case) has it.

    >>> attribute_name("Größe (cm)", 3, set()), attribute_name("customer_id", 0, {"customer_id"})
    ('grosse_cm', 'customer_id_2')
    >>> attribute_name("年齢", 3, set()), attribute_name("😀_2", 4, set()), attribute_name("2019", 5, set())
    ('column_4', 'column_5', '2019')
    """
    ascii_only = unicodedata.normalize("NFKD", header.replace("ß", "ss")).encode("ascii", "ignore").decode()
    base = vocabulary.snake(ascii_only)[:MOST_NAME_BYTES]
    if not base or (not header.isascii() and base.replace("_", "").isdigit()):  # a number behind signs names nothing
        base = f"column_{place + 1}"
    name, number = base, 2
    while name in taken:
        suffix = f"_{number}"
        name, number = base[: MOST_NAME_BYTES - len(suffix)] + suffix, number + 1
    return name


def pretty(header: str) -> str:
    """A label from a header.

    >>> pretty("Z_CostContact"), pretty("avg order  value (k$)")
    ('Z cost contact', 'Avg order value (k$)')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).replace("_", " ").split()
    lowered = [
        word if word.isupper() or index == 0 or "$" in word else word.lower() for index, word in enumerate(words)
    ]
    label = " ".join(lowered)
    return label[:1].upper() + label[1:]
