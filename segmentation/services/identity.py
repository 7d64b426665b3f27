"""Who a segment is across versions: the story of a version, the analyst's answers, and what became of an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import AuditEvent, Dataset, ModelVersion, SegmentIdentity
from db.models import Segment as SegmentRow
from db.queries import identities as queries
from db.queries.campaigns import move_campaigns
from db.queries.models import identities_of
from db.queries.segments import champion_of, champion_segments
from db.queries.strategies import move_changes, plays_of
from db.session import Database
from segmentation import story
from segmentation.config import Settings
from segmentation.errors import ConflictError, NotFoundError
from segmentation.identity import UNASSIGNED_COLOUR, free_colour, free_name, resolved
from segmentation.lookups import require_dataset
from segmentation.services.bundles import require_version
from segmentation.story import Segment, Told

__all__ = ["Fate", "IdentityService", "Story"]


@dataclass(frozen=True)
class Story:
    """What became of the segments of the version before, in sentences.

    ``compared`` is the version before, None when there was none; ``customers`` how many both labelled.
    """

    version: int
    dataset: str
    compared: int | None
    customers: int
    told: list[Told]

    @property
    def questions(self) -> list[Told]:
        """What waits for an analyst's answer."""
        return [each for each in self.told if each.asks]


@dataclass(frozen=True)
class Fate:
    """What became of a segment that the version in use does not have.

    ``version`` is where it is told: the version it ended with, or, when `in_use` cannot know it, the one it is in.
    ``segments`` are those of the version in use that its members went into, and the one that has its name by now.
    """

    name: str
    title: str
    text: str
    version: int
    segments: tuple[Segment, ...]


class IdentityService:
    """Tells and settles who is who."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def story(self, version: int) -> Story:
        """The story of a version; NotFoundError when there is none of that number."""
        with self._database.reading() as session:
            model, _recipe, dataset = require_version(session, version)
            return read_story(session, model, dataset.slug)

    def questions(self, slug: str) -> Story | None:
        """The story of the version in use when it waits for an answer; else None."""
        with self._database.reading() as session:
            champion = champion_of(session, require_dataset(session, slug).id)
            told = read_story(session, champion, slug) if champion else None
        return told if told and told.questions else None

    def answer(self, version: int, label: int, same: bool, by: str) -> Story:
        """Say whether a doubtful segment of a version is the one it resembles.

        With `same` it becomes that one, in every version it is in: name, colour, address and play are the old ones,
        and its own address leads there. Without, it stays a segment of its own. A refusal may be reconsidered.

        Raises
        ------
        NotFoundError
            There is no such version, or nothing is asked about this segment.
        ConflictError
            It was answered already; the old segment is in one of the versions by now; or both have a play.
        """
        with self._database.writing() as session:
            dataset_id = queries.dataset_of_version(session, version)
            known = {each.id: each for each in identities_of(session, dataset_id or 0, lock=True)}
            model, _recipe, dataset = require_version(session, version)  # read after the lock: others may have answered
            place, entry = _question(model, label)
            given = entry.get("answer")
            if given and (given["same"] or not same):
                raise ConflictError(
                    f"this was answered by {given['by']} on {given['at'][:10]}: "
                    f"{'they are the same segment' if given['same'] else 'they are different segments'}"
                )
            at = datetime.now(UTC)
            old = resolved(entry["identity"], known)
            assert old is not None
            new = known[_identity_of(session, version, label)]
            if same:
                _become(session, new, old)
            answer = {"same": same, "by": by, "at": at.isoformat(), "instead_of": new.id}
            model.story = [
                {**each, "answer": answer} if i == place else each for i, each in enumerate(model.story or [])
            ]
            details = {"version": version, "segment": new.slug, "known_as": old.slug, "same": same}
            session.add(AuditEvent(at=at, actor=by, action="match_segment", dataset=dataset.slug, details=details))
            session.flush()
            return read_story(session, model, dataset.slug)

    def fate(self, slug: str, segment_slug: str) -> Fate | None:
        """What became of a segment the version in use does not have; None when it has it, or it never was."""
        with self._database.reading() as session:
            return fate_of(session, require_dataset(session, slug), segment_slug)


def fate_of(session: Session, dataset: Dataset, segment_slug: str) -> Fate | None:
    """As `IdentityService.fate`, inside the caller's transaction."""
    asked = queries.identity_by_slug(session, dataset.id, segment_slug)
    champion = champion_of(session, dataset.id)
    if asked is None or champion is None or asked.colour == UNASSIGNED_COLOUR:
        return None
    known = {each.id: each for each in identities_of(session, dataset.id)}
    found = resolved(asked.id, known)
    assert found is not None
    in_use = {identity.id: _as_told(identity) for _, identity in champion_segments(session, champion.id)}
    if found.id in in_use:
        return None if found is asked else _renamed(asked, in_use[found.id], champion.id)
    had_it = [each.model_version_id for each in queries.appearances(session, found.id)]
    return _vanished(session, champion, found, had_it, in_use, known) if had_it else None


def _question(model: ModelVersion, label: int) -> tuple[int, dict[str, Any]]:
    for place, entry in enumerate(model.story or []):
        if entry["kind"] == "doubtful" and entry["label"] == label:
            return place, entry
    raise NotFoundError(f"version {model.id} asks nothing about segment {label}; its page lists what it asks")


def _identity_of(session: Session, version: int, label: int) -> int:
    return next(each.identity_id for each, _ in champion_segments(session, version) if each.label == label)


def _become(session: Session, new: SegmentIdentity, old: SegmentIdentity) -> None:
    """Every segment that is `new` is `old` from now on, with its play; its address leads to the old one's."""
    mine = queries.appearances(session, new.id)
    taken = {each.model_version_id for each in queries.appearances(session, old.id)}
    clash = [each.model_version_id for each in mine if each.model_version_id in taken]
    if clash:
        raise ConflictError(
            f"version {clash[0]} has both “{new.name}” and “{old.name}”, so they are not the same segment; "
            "answer no, or train again"
        )
    plays = plays_of(session, [new.id, old.id])
    if len(plays) == 2:
        raise ConflictError(
            f"“{new.name}” and “{old.name}” both have a play, and a segment has one; delete one of them first"
        )
    for play in plays.values():
        play.identity_id = old.id
    move_changes(session, new.id, old.id)
    move_campaigns(session, new.id, old.id)
    for segment in mine:
        segment.identity_id = old.id
        _make_room(session, segment, old)
    new.same_as_id = old.id
    session.flush()


def _make_room(session: Session, segment: SegmentRow, old: SegmentIdentity) -> None:
    """Name and colour that come back are its own again.

    Whoever took the name meanwhile, and was not named by anybody, yields it; whoever took the colour gets a free one.
    """
    others = [each for row, each in champion_segments(session, segment.model_version_id) if row.id != segment.id]
    names = [old.name, *(each.name for each in others)]
    for other in others:
        if other.name.casefold() == old.name.casefold() and other.named_by is None:
            other.name = free_name(other.name, names)
        if other.colour == old.colour:
            other.colour = free_colour([old.colour, *(each.colour for each in others)])


def read_story(session: Session, model: ModelVersion, slug: str) -> Story:
    """The story of a version of the dataset `slug`, inside the caller's transaction."""
    stored = model.story or []
    compared = next((entry for entry in stored if entry["kind"] == "compared"), None)
    segments = champion_segments(session, model.id)
    now = {segment.label: _as_told(known) for segment, known in segments if known.colour}  # without Unassigned
    known = {each.id: each for each in identities_of(session, model.dataset_id)}
    before = {i: _as_told(found) for i in known if (found := resolved(i, known)) is not None}
    return Story(
        version=model.id,
        dataset=slug,
        compared=compared["version"] if compared else None,
        customers=compared["customers"] if compared else 0,
        told=story.sentences(stored, now, before),
    )


def _as_told(identity: SegmentIdentity) -> Segment:
    return Segment(identity.name, identity.slug, identity.colour)


def _renamed(asked: SegmentIdentity, now: Segment, version: int) -> Fate:
    text = f"An analyst said that “{asked.name}” are the segment known as “{now.name}”."
    return Fate(asked.name, f"{asked.name} are {now.name}", text, version, (now,))


def _vanished(
    session: Session,
    champion: ModelVersion,
    gone: SegmentIdentity,
    had_it: list[int],
    in_use: Mapping[int, Segment],
    known: Mapping[int, SegmentIdentity],
) -> Fate:
    parents, version = queries.parents(session, champion.dataset_id), champion.id
    while (parent := parents.get(version)) is not None and parent not in had_it:
        version = parent
    if parent is None:
        text = f"It is a segment of version {had_it[-1]}, which is not in use."
        return Fate(gone.name, f"{gone.name} are not in use", text, had_it[-1], ())
    ended, _recipe, _dataset = require_version(session, version)
    now = {segment.label: identity for segment, identity in champion_segments(session, version)}
    entry: dict[str, Any] = next(
        (e for e in ended.story or [] if e["kind"] == "gone" and resolved(e["identity"], known) is gone), {"to": []}
    )
    told = {label: _as_told(each) for label, each in now.items()}
    went = story.went(entry["to"], told, "went into", entry.get("left", 0.0))
    heirs = [in_use[now[flow["label"]].id] for flow in entry["to"] if now[flow["label"]].id in in_use]
    namesake = next((each for each in in_use.values() if each.name == gone.name and each not in heirs), None)
    text = f"It ended with version {version}, trained on {_day(ended.created_at)}. {went}"
    if namesake is not None:  # come back after versions without it, it was not known again
        heirs, text = [*heirs, namesake], f"{text} Another segment has the name by now."
    return Fate(gone.name, f"{gone.name} are no segment any more", text, version, tuple(heirs))


def _day(value: datetime | date) -> str:
    return f"{value.day} {value:%b %Y}"
