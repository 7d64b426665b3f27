"""The columns that an export adds to the dataset's own, and how an import tells them from columns of the same name."""

from collections.abc import Collection, Sequence

from segmentation.ingest.staging import Staging

OWN = ("segment", "segment_slug", "confidence")
SPLIT = ("holdout_group",)  # who is treated and who is held out, where that was asked for
PREFIX = "kindred_"


def own_headers(taken: Collection[str], own: Sequence[str] = OWN) -> tuple[str, ...]:
    """The headers of the added columns `own` where the dataset's own are `taken`, ignoring case.

    >>> own_headers(["id", "age"]), own_headers(["id", "Segment"])
    (('segment', 'segment_slug', 'confidence'), ('kindred_segment', 'kindred_segment_slug', 'kindred_confidence'))
    """
    used = {name.lower() for name in taken}
    prefix = ""
    while any(prefix + name in used for name in own):
        prefix += PREFIX
    return tuple(prefix + name for name in own)


def places(header: Sequence[str]) -> tuple[int, ...]:
    """Where the added columns stand, if the header ends like that of an export.

    >>> places(("id", "age", *OWN)), places((*OWN, "id")), places(("id", "segment", *own_headers(["segment"])))
    ((2, 3, 4), (), (2, 3, 4))
    >>> places(("id", *OWN, *SPLIT)), places(("id", *SPLIT))
    ((1, 2, 3, 4), (1,))
    """
    for own in ((*OWN, *SPLIT), OWN, SPLIT):
        if tuple(header[-len(own) :]) == own_headers(header[: -len(own)], own):
            return tuple(range(len(header) - len(own), len(header)))
    return ()


def names_only(staging: Staging, added: Sequence[int], segments: Collection[tuple[str, str]]) -> bool:
    """Are the segments and slugs in the file (columns `added`) all among these?"""
    if len(added) < len(OWN):
        return False
    name, slug = added[:2]
    named = staging.rows_of(f"SELECT DISTINCT c{name}, c{slug} FROM staged WHERE c{name} IS NOT NULL LIMIT 1000")
    return bool(named) and all(pair in segments for pair in named)
