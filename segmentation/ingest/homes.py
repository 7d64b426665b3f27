"""Which dataset a file belongs to, judged by the columns of what came in before. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

KNOWN = 0.6  # of a file's columns are those of an earlier file: it is one more of them


@dataclass(frozen=True)
class Came:
    """A dataset and what became of the columns of the newest file it took: header -> name, None where left out."""

    slug: str
    name: str
    mapping: Mapping[str, str | None]


@dataclass(frozen=True)
class Home:
    """Where a file belongs: ``shared`` of its ``columns`` came into this dataset before."""

    slug: str
    name: str
    shared: int
    columns: int


def home_of(header: Sequence[str], before: Iterable[Came]) -> Home | None:
    """The dataset whose columns a file has; None where none is near, or two are equally so.

    Parameters
    ----------
    header : sequence of str
        Names of the file's columns.
    before : iterable of Came

    Notes
    -----
    The column that names the customer must be there, and `KNOWN` of the file's columns must have come in before.

    Examples
    --------
    >>> mall = Came("mall", "Mall", {"ID": "customer_key", "Age": "age", "Score": "score", "Note": None})
    >>> home_of(["id ", "Age", "City"], [mall])
    Home(slug='mall', name='Mall', shared=2, columns=3)
    >>> home_of(["Age", "Score"], [mall]), home_of(["ID", "Age", "a", "b"], [mall]), home_of(["ID"], [mall])
    (None, None, None)
    >>> home_of(["ID", "Age"], [mall, Came("other", "Other", mall.mapping)]) is None
    True
    """
    mine = {_plain(name) for name in header if name.strip()}
    found = []
    for each in before:
        stored = {_plain(name): target for name, target in each.mapping.items() if target}
        shared = mine & stored.keys()
        has_key = any(stored[name] in ("customer_key", "customer") for name in shared)
        if has_key and len(shared) > 1 and len(shared) >= KNOWN * len(mine):
            found.append(Home(each.slug, each.name, len(shared), len(mine)))
    found.sort(key=lambda home: -home.shared)
    return found[0] if found and (len(found) == 1 or found[0].shared > found[1].shared) else None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
