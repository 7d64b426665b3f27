"""What column names usually mean: a canonical name, a label, kind, role, unit and whether it is sensitive.

The words stand in ``vocabulary.json``; a match is a guess that the user can change, never a rule.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz, process

FUZZY_SCORE = 93  # a slip of one letter in a long name; anything looser pairs different things
FUZZY_LENGTH = 8  # shorter names are a letter apart and mean something else: "state", "status"

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPENT_ON = re.compile(r"(spend|spending_on|mnt|amount_spent_on)_([a-z][a-z_]*)$")
_NOT_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Entry:
    """What a column of this name usually is. ``kind`` and ``role`` are those of `db.models`."""

    canonical: str
    label: str
    kind: str
    role: str
    unit: str | None = None
    sensitive: bool = False


def snake(header: str) -> str:
    """The name of a header: lower case ASCII words joined by ``_``; empty when it has none.

    >>> snake("Annual Income (k$)"), snake("MntWines"), snake("Spending Score (1-100)"), snake("customerID")
    ('annual_income_k', 'mnt_wines', 'spending_score_1_100', 'customer_id')
    """
    return _NOT_WORD.sub("_", _CAMEL.sub("_", header.strip()).lower()).strip("_")


@lru_cache(maxsize=1 << 14)  # a page about 200 columns asks thousands of times, a file may have 10,000
def match(header_or_name: str) -> Entry | None:
    """The entry a header or attribute name means; None when no synonym is close enough.

    Upper and lower case, blanks and punctuation do not count, nor does a unit in brackets. Names of
    at least 8 letters may differ by a slip (rapidfuzz ratio of at least 93 of 100).

    >>> match("Genre").canonical, match("Annual Income (k$)").canonical, match("MntWines").label
    ('gender', 'income', 'Spending on wine')
    >>> match("Z_Revenue") is None, match("spend_pet_food").label
    (True, 'Spending on pet food')
    """
    names = _canonical_by_synonym()
    for form in (squashed(header_or_name), squashed(re.sub(r"\(.*?\)|\[.*?\]", "", header_or_name))):
        if form in names:
            return _entries()[names[form]]
    if spent := _SPENT_ON.match(snake(header_or_name)):
        label = f"Spending on {spent.group(2).replace('_', ' ')}"
        return Entry(f"spend_{spent.group(2)}", label, "number", "value")
    form = squashed(header_or_name)
    if len(form) < FUZZY_LENGTH or any(character.isdigit() for character in form):
        return None  # accepted_cmp1 and accepted_cmp6 differ by one letter too
    alike = [name for name in names if name[0] == form[0]]  # a slip at the start is a prefix: Z_Revenue is not revenue
    near = process.extractOne(form, alike, scorer=fuzz.ratio, score_cutoff=FUZZY_SCORE)
    return _entries()[names[near[0]]] if near else None


def canonical(name: str) -> str:
    """The canonical name of a header or attribute; without an entry, its own snake case.

    >>> canonical("Genre"), canonical("Z_Revenue")
    ('gender', 'z_revenue')
    """
    entry = match(name)
    return entry.canonical if entry else snake(name)


def squashed(name: str) -> str:
    """The letters and digits of any script, without case and accents.

    >>> squashed("Numéro client"), squashed("N° de cliente"), squashed("Müşteri No.")
    ('numeroclient', 'ndecliente', 'musterino')
    """
    bare = unicodedata.normalize("NFKD", name.replace("º", "").replace("ı", "i")).casefold()
    return "".join(letter for letter in bare if letter.isalnum())


@cache
def _entries() -> dict[str, Entry]:
    words = json.loads(files("segmentation").joinpath("vocabulary.json").read_text("utf-8"))
    return {
        name: Entry(name, word["label"], word["kind"], word["role"], word.get("unit"), word.get("sensitive", False))
        for name, word in words.items()
    }


@cache
def _canonical_by_synonym() -> dict[str, str]:
    words = json.loads(files("segmentation").joinpath("vocabulary.json").read_text("utf-8"))
    return {squashed(synonym): name for name, word in words.items() for synonym in (name, *word["synonyms"])}
