"""What became of the segments of the version before: told when a version is trained, in figures and in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from segmentation.identity import Match, Overlap
from segmentation.wording import count_word, listed, percent, sentence_case

PART = 0.25  # of the members: a part of a split or of a merge holds at least so many
MOSTLY = 0.8  # of the members: the parts together
OWN = 0.5  # of a part: it is made mostly of the segment that split, or went mostly into the merged one
WORTH = 0.05  # of the members: what flows elsewhere is told from here on

Kind = Literal["same", "doubtful", "new", "split", "merged", "gone"]


@dataclass(frozen=True)
class Segment:
    """A segment as a sentence needs it."""

    name: str
    slug: str
    colour: int


@dataclass(frozen=True)
class Told:
    """One thing that happened. ``about`` are the segments it names, the present ones last.

    ``label`` is the segment of the new version it is about, None where it is about one of the version before.
    ``by`` answered a question, ``at`` an ISO instant; ``asks`` is True while nobody has.
    """

    kind: Kind
    title: str
    text: str
    about: tuple[Segment, ...]
    label: int | None = None
    asks: bool = False
    by: str | None = None
    at: str | None = None


def figures(overlap: Overlap, found: Sequence[Match], version: int) -> list[dict[str, Any]]:
    """The story as it is stored with a version.

    Parameters
    ----------
    overlap : Overlap
        Of the version before, by identity, with the new one, by label.
    found : sequence of Match
        One per label.
    version : int
        The version before.

    Returns
    -------
    list of dict
        First ``compared``: with which version, over how many customers, and how many are in which pair (``counts``),
        in no segment before (``joined``, by label), now (``left``, by identity) or both (``outside``). Then one entry
        per label (``same``, ``doubtful``, ``new``: label, identity, jaccard, from), then ``split`` (identity,
        to), ``merged`` (label, from) and ``gone`` (identity, to). A flow has ``customers``, ``share`` of the segment
        the entry is about, and ``of_other`` of the one at the other end; under 5 % it is left out.

    Notes
    -----
    A segment split when at least two new ones each hold a quarter of it, together four fifths, and each of
    them is made mostly of it; merged is the same the other way round.
    """
    counts = overlap.counts
    old_sizes, new_sizes = np.maximum(overlap.before, 1), np.maximum(overlap.now, 1)
    of_old, of_new = counts / old_sizes, counts / new_sizes[:, None]
    left, joined = overlap.left / old_sizes, overlap.joined / new_sizes
    place = {identity: column for column, identity in enumerate(overlap.identities)}

    def into(column: int) -> list[dict[str, Any]]:
        rows = sorted(range(len(counts)), key=lambda row: (-counts[row, column], overlap.order.index(row)))
        return [
            {"label": row, "customers": int(counts[row, column]), "share": float(of_old[row, column]),
             "of_other": float(of_new[row, column])}
            for row in rows if of_old[row, column] >= WORTH
        ]  # fmt: skip

    def out_of(row: int) -> list[dict[str, Any]]:
        columns = sorted(range(len(place)), key=lambda column: (-counts[row, column], column))
        return [
            {"identity": overlap.identities[column], "customers": int(counts[row, column]),
             "share": float(of_new[row, column]), "of_other": float(of_old[row, column])}
            for column in columns if of_new[row, column] >= WORTH
        ]  # fmt: skip

    told: list[dict[str, Any]] = [
        {
            "kind": "compared",
            "version": version,
            "customers": overlap.customers,
            "identities": overlap.identities,
            "counts": counts.tolist(),
            "joined": overlap.joined.tolist(),
            "left": overlap.left.tolist(),
            "outside": overlap.outside,
        }
    ]
    told += [
        {"kind": each.kind, "label": each.label, "identity": each.candidate_id, "jaccard": each.jaccard,
         "from": out_of(each.label), "joined": float(joined[each.label])}
        for each in found
    ]  # fmt: skip
    told += [{"kind": "split", "identity": i, "to": parts} for i in place if (parts := _parts(into(place[i])))]
    told += [{"kind": "merged", "label": row, "from": parts} for row in overlap.order if (parts := _parts(out_of(row)))]
    kept = {each.identity_id for each in found}
    told += [
        {"kind": "gone", "identity": i, "to": into(place[i]), "left": float(left[place[i]])}
        for i in place if i not in kept
    ]  # fmt: skip
    return told


def _parts(flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The flows that together are a split or a merge; none where they are not."""
    parts = [flow for flow in flows if flow["share"] >= PART and flow["of_other"] >= OWN]
    return parts if len(parts) > 1 and sum(flow["share"] for flow in parts) >= MOSTLY else []


def sentences(
    story: Sequence[Mapping[str, Any]], now: Mapping[int, Segment], before: Mapping[int, Segment]
) -> list[Told]:
    """The story in words, what asks for an answer first, what stayed the same last and in one sentence.

    Parameters
    ----------
    story : sequence of mapping
        As `figures` gave it, with what was answered since.
    now : mapping of label to Segment
        The segments of the version the story belongs to.
    before : mapping of identity to Segment
        Those of the version before.
    """
    compared = next((entry for entry in story if entry["kind"] == "compared"), None)
    if compared is None:
        return []
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for entry in story:
        by_kind.setdefault(entry["kind"], []).append(entry)
    doubtful = by_kind.get("doubtful", [])
    confirmed = {entry["identity"] for entry in doubtful if _answer(entry) is True}
    asked = {entry["identity"] for entry in doubtful if _answer(entry) is None}
    told = sorted((_doubtful(entry, now, before) for entry in doubtful), key=lambda each: not each.asks)
    told += [_split(entry, now, before) for entry in by_kind.get("split", [])]
    told += [_merged(entry, now, before) for entry in by_kind.get("merged", [])]
    explained = {entry["identity"] for entry in by_kind.get("split", [])} | confirmed | asked
    explained |= {flow["identity"] for entry in by_kind.get("merged", []) for flow in entry["from"]}
    told += [_gone(entry, now, before) for entry in by_kind.get("gone", []) if entry["identity"] not in explained]
    from_split = {flow["label"] for entry in by_kind.get("split", []) for flow in entry["to"]}
    merged = {entry["label"] for entry in by_kind.get("merged", [])}
    told += [_new(entry, now, before) for entry in by_kind.get("new", []) if entry["label"] not in from_split | merged]
    return [*told, *_same(by_kind.get("same", []), now, before, len(now))]


def _answer(entry: Mapping[str, Any]) -> bool | None:
    return entry["answer"]["same"] if entry.get("answer") else None


def _doubtful(entry: Mapping[str, Any], now: Mapping[int, Segment], before: Mapping[int, Segment]) -> Told:
    old, new = before[entry["identity"]], now[entry["label"]]
    flow = next(flow for flow in entry["from"] if flow["identity"] == entry["identity"])
    figures = (
        f"{percent(flow['of_other'])} of “{old.name}” are in it, and they are {percent(flow['share'])} of its members "
        f"(overlap {entry['jaccard']:.2f}; from 0.50 on Kindred is sure)."
    )
    answer = entry.get("answer")
    if answer and answer["same"]:
        return Told(
            "same", f"{old.name} are the same segment as before", f"An analyst said so. {figures}", (old, new),
            entry["label"], by=answer["by"], at=answer["at"],
        )  # fmt: skip
    if answer:
        return Told(
            "new", f"{new.name} are not {old.name}", f"An analyst said so. {figures}", (old, new), entry["label"],
            by=answer["by"], at=answer["at"],
        )  # fmt: skip
    knew = "by that name" if new.name == old.name else f"as “{old.name}”"
    return Told(
        "doubtful", f"Are “{new.name}” the segment you knew {knew}?", figures, (old, new), entry["label"],
        asks=True,
    )  # fmt: skip


def _split(entry: Mapping[str, Any], now: Mapping[int, Segment], before: Mapping[int, Segment]) -> Told:
    old = before[entry["identity"]]
    parts = [_part(flow, old, now[flow["label"]]) for flow in entry["to"]]
    about = (old, *(now[flow["label"]] for flow in entry["to"]))
    return Told("split", f"{old.name} split in {count_word(len(parts))}", f"{sentence_case(listed(parts))}.", about)


def _part(flow: Mapping[str, Any], old: Segment, new: Segment) -> str:
    verb = "stayed" if new.slug == old.slug else "are now"
    return f"{percent(flow['share'])} {verb} “{new.name}”"


def _merged(entry: Mapping[str, Any], now: Mapping[int, Segment], before: Mapping[int, Segment]) -> Told:
    new = now[entry["label"]]
    old = [before[flow["identity"]] for flow in entry["from"]]
    others = [each for each in old if each.slug != new.slug]
    parts = [
        f"{percent(flow['of_other'])} of “{each.name}” {'stayed' if each.slug == new.slug else 'went into it'}"
        for flow, each in zip(entry["from"], old, strict=True)
    ]
    if len(others) < len(old):
        title = f"{listed([each.name for each in others])} went into {new.name}"
    else:
        title = f"{listed([each.name for each in old])} are one segment now"
    return Told("merged", title, f"“{new.name}”: {listed(parts)}.", (*old, new), entry["label"])


def _gone(entry: Mapping[str, Any], now: Mapping[int, Segment], before: Mapping[int, Segment]) -> Told:
    old = before[entry["identity"]]
    return Told(
        "gone", f"{old.name} are no segment any more", went(entry["to"], now, left=entry.get("left", 0.0)),
        (old, *(now[flow["label"]] for flow in entry["to"])),
    )  # fmt: skip


def went(
    to: Sequence[Mapping[str, Any]], now: Mapping[int, Segment], verb: str = "are now in", left: float = 0.0
) -> str:
    """Where the members of a segment are now, or went when it ended; `left` is the share that is in none.

    >>> savers = {0: Segment("Savers", "savers", 1)}
    >>> went([{"label": 0, "share": 0.62}], savers)
    'Of its members 62% are now in “Savers”.'
    >>> went([{"label": 0, "share": 0.3}], savers, left=0.7)
    'Of its members 30% are now in “Savers” and 70% are in no segment.'
    """
    parts = [f"{percent(flow['share'])} {verb} “{now[flow['label']].name}”" for flow in to]
    if left >= WORTH:
        parts.append(f"{percent(left)} are in no segment")
    return f"Of its members {listed(parts)}." if parts else "None of the customers that both versions label are in it."


def _new(entry: Mapping[str, Any], now: Mapping[int, Segment], before: Mapping[int, Segment]) -> Told:
    new = now[entry["label"]]
    parts = [f"{percent(flow['share'])} from “{before[flow['identity']].name}”" for flow in entry["from"][:3]]
    if entry.get("joined", 0.0) >= WORTH:
        parts.append(f"{percent(entry['joined'])} from no segment")
    text = f"Its members come {listed(parts)}." if parts else "None of its members were known before."
    old = tuple(before[flow["identity"]] for flow in entry["from"][:3])
    return Told("new", f"{new.name} are new", text, (*old, new), entry["label"])


def _same(
    entries: Sequence[Mapping[str, Any]], now: Mapping[int, Segment], before: Mapping[int, Segment], of: int
) -> list[Told]:
    """One sentence for all that kept their identity."""
    if not entries:
        return []
    segments = tuple(now[entry["label"]] for entry in entries)
    least = min(entry["jaccard"] for entry in entries)
    if len(entries) == of:
        title = "Every segment is one you knew"
    else:
        are = "s are ones" if len(entries) > 1 else " is one"
        title = f"{sentence_case(count_word(len(entries)))} segment{are} you knew"
    names = listed([f"“{segment.name}”" for segment in segments])
    kept = "their names, colours and plays" if len(entries) > 1 else "its name, colour and play"
    return [Told("same", title, f"{names} kept {kept}; the overlap of members is at least {least:.2f} of 1.", segments)]
