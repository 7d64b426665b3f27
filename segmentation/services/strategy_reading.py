"""Plays as they are read: the board, one play, and what is proposed for a segment."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from db.models import Dataset, ModelVersion, ScoringRun, Strategy
from db.queries import segments as segment_queries
from db.queries import strategies as queries
from db.queries.datasets import attributes_of
from db.queries.identities import identity_by_slug
from db.queries.segments import SegmentOfRun
from segmentation import plays
from segmentation.criteria import Standing
from segmentation.errors import NotFoundError
from segmentation.expected_value import ASSUMPTIONS
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.plays import Play
from segmentation.segment_views import SegmentSummary
from segmentation.services.editing import Edit
from segmentation.services.identity import Fate, fate_of
from segmentation.services.profiles import require_segment
from segmentation.services.run_reading import RunRead, read_run
from segmentation.strategy import Footing, Proposal, propose
from segmentation.withholding import too_few


@dataclass(frozen=True)
class Entry:
    """A segment on the board. ``play`` is None where there is none yet; ``why_not`` says why it may not start.

    ``proposal`` is what is proposed where there is no play, None where the segment is too small to tell.
    """

    slug: str
    name: str
    colour: int
    customers: int
    share: float
    play: Play | None
    why_not: str | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True)
class Board:
    """Every segment of the version in use, in display order, and the plays whose segment it does not have."""

    currency: str | None
    entries: list[Entry]
    archived: list[tuple[Entry, Fate | None]]


@dataclass(frozen=True)
class PlayView:
    """One play as its form shows it.

    ``play`` is None before the first save, and ``revision`` 0. ``reasons`` say, by field, why what stands as proposed
    was proposed. ``proposal`` is None where fewer than 10 members allow none, and of an archived play, which ``fate``
    tells of. ``reach`` is the share of members who can be contacted, None where that is not known. ``changes`` are all,
    the newest first; one that has nothing ``after`` deleted the play.
    """

    segment: SegmentSummary | None
    name: str
    colour: int
    currency: str | None
    play: Play | None
    revision: int
    reasons: dict[str, str]
    proposal: Proposal | None
    why_not: str | None
    reach: float | None
    reach_text: str
    changes: list[Edit]
    fate: Fate | None = None


Champion = tuple[ModelVersion, ScoringRun, RunRead]


def champion_read(session: Session, dataset: Dataset) -> Champion | None:
    """The version in use, its newest run and what it holds; None before a first model."""
    model = segment_queries.champion_of(session, dataset.id)
    run = segment_queries.newest_run(session, model.id) if model else None
    return (model, run, read_run(session, run)) if model and run else None


def own_segment(
    session: Session, dataset: Dataset, slug: str, segment: str, found: Champion | None
) -> tuple[ModelVersion, SegmentOfRun, RunRead]:
    """A segment of the version in use; NotFoundError where there is none of this address, and of Unassigned."""
    own = require_segment(found[2].segments if found else [], slug, segment)
    assert found is not None
    if own.identity.colour == UNASSIGNED_COLOUR:
        raise NotFoundError(f"{own.identity.name} are in no segment, so there is no play for them")
    return found[0], own, found[2]


def roles_of(session: Session, dataset: Dataset) -> dict[str, str]:
    """The role of every attribute."""
    return {attribute.name: attribute.role for attribute in attributes_of(session, dataset.id)}


def proposal_of(read: RunRead, own: SegmentOfRun, roles: dict[str, str], standing: Standing) -> Proposal | None:
    """What is proposed for a segment; None of fewer than 10 members."""
    if too_few(own.counts.customers):
        return None
    footing = Footing(standing.why_not, (own.counts.borderline / own.counts.customers))
    return propose(read.profiles.get(own.segment.id, {}), read.profiles.get(None, {}), roles, footing)


def archived_play(session: Session, dataset: Dataset, read: RunRead | None, segment: str) -> PlayView | None:
    """The play of a segment the version in use does not have."""
    if read is not None and any(each.identity.slug == segment for each in read.segments):
        return None
    identity = identity_by_slug(session, dataset.id, segment)
    stored = queries.plays_of(session, [identity.id]).get(identity.id) if identity else None
    if identity is None or stored is None:
        return None
    return PlayView(
        segment=None, name=identity.name, colour=identity.colour, currency=dataset.currency, play=play_of(stored),
        revision=stored.revision, reasons=stored.reasons or {}, proposal=None, why_not=None, reach=None, reach_text="",
        changes=changes_of(session, identity.id), fate=fate_of(session, dataset, segment),
    )  # fmt: skip


def changes_of(session: Session, identity_id: int) -> list[Edit]:
    """The history of a play, the newest first."""
    return [Edit(each.at, each.by, each.before, each.after or {}) for each in queries.changes_of(session, identity_id)]


def play_of(row: Strategy) -> Play:
    """A stored play with a value for every field."""
    stored = {name: getattr(row, name) for name in plays.FIELDS if name not in ASSUMPTIONS}
    typed = row.assumptions or {}
    return stored | {"due": row.due.isoformat() if row.due else None} | {each: typed.get(each) for each in ASSUMPTIONS}
