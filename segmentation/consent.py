"""What counts as consent: a clear yes, in the words that mailing tools and forms write."""

import re
from typing import Any

YES = frozenset(
    (
        "1", "t", "true", "y", "yes", "j", "ja", "oui", "si", "sí", "sim", "on", "agreed", "accepted", "granted",
        "given", "confirmed", "subscribed", "opt in", "opted in", "optin", "double opt in", "zugestimmt", "erteilt",
        "angemeldet",
    )
)  # fmt: skip


def agrees(value: Any) -> bool:
    """Is this a yes: a flag that is set, or a word that says so? Missing, and every other word, is no.

    >>> [agrees(value) for value in (1.0, "Ja", "Opt-in", "opted_in", "Opt-out", "nein", "maybe", None)]
    [True, True, True, True, False, False, False, False]
    """
    if isinstance(value, str):
        return re.sub(r"[\s_-]+", " ", value).strip().lower() in YES
    return bool(value == 1.0)
