"""What is done for each segment: proposed, written down, gated, and kept with who changed what when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from db.models import Strategy, StrategyChange
from db.queries import segments as segment_queries
from db.queries import strategies as queries
from db.queries.identities import identity_by_slug
from db.queries.models import identities_of
from db.queries.segments import SegmentOfRun
from db.session import Database
from segmentation import plays
from segmentation.config import Settings
from segmentation.criteria import Standing, accessible
from segmentation.errors import ConflictError, NotFoundError
from segmentation.expected_value import ASSUMPTIONS
from segmentation.identity import UNASSIGNED_COLOUR
from segmentation.lookups import require_dataset
from segmentation.plays import Conflict, Play
from segmentation.segment_views import ratio
from segmentation.services.identity import fate_of
from segmentation.services.run_reading import RunRead
from segmentation.services.standing import standings
from segmentation.services.strategy_reading import (
    Board,
    Entry,
    PlayView,
    archived_play,
    champion_read,
    changes_of,
    own_segment,
    play_of,
    proposal_of,
    roles_of,
)
from segmentation.strategy import Proposal
from segmentation.withholding import too_few

__all__ = ["Board", "Entry", "Outcome", "PlayView", "StrategyService"]


@dataclass(frozen=True)
class Outcome:
    """What became of a save. With ``conflicts`` nothing was kept; ``theirs`` are fields that stay as others changed
    them meanwhile.

    ``revision`` is what the play has now, ``by`` who made it.
    """

    revision: int
    by: str
    changed: list[str]
    theirs: list[str]
    conflicts: list[Conflict]


class StrategyService:
    """The plays of the segments of the version in use."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def plays_of(self, run: int) -> dict[str, Play | None]:
        """The play of every segment of a run by its address, None where it has none; without Unassigned."""
        with self._database.reading() as session:
            known = [each.identity for each in segment_queries.segments_of_run(session, run) if each.identity.colour]
            found = queries.plays_of(session, [each.id for each in known])
            return {each.slug: play_of(found[each.id]) if each.id in found else None for each in known}

    def board(self, slug: str) -> Board:
        """All plays of a dataset; empty before a first model."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            found = champion_read(session, dataset)
            if found is None:
                return Board(dataset.currency, [], [])
            model, _run, read = found
            stands = standings(session, model, read)
            here = [each for each in read.segments if each.identity.colour != UNASSIGNED_COLOUR]
            stored = queries.plays_of(session, [each.identity.id for each in here])
            roles = roles_of(session, dataset)
            entries = [
                _entry(each, stored.get(each.identity.id), stands[each.segment.id], read, roles) for each in here
            ]
            away = queries.plays_elsewhere(session, dataset.id, [each.identity.id for each in here])
            kept = queries.plays_of(session, [each.id for each in away])
            archived = [
                (
                    Entry(each.slug, each.name, each.colour, 0, 0.0, play_of(kept[each.id])),
                    fate_of(session, dataset, each.slug),
                )
                for each in away
            ]
            return Board(dataset.currency, entries, archived)

    def read(self, slug: str, segment: str) -> PlayView:
        """The play of a segment, or what is proposed for it.

        Raises
        ------
        NotFoundError
            The version in use has no such segment, and none of this address ever had a play.
        """
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            found = champion_read(session, dataset)
            archived = archived_play(session, dataset, found[2] if found else None, segment)
            if archived is not None:
                return archived
            model, own, read = own_segment(session, dataset, slug, segment, found)
            stored = queries.plays_of(session, [own.identity.id]).get(own.identity.id)
            standing = standings(session, model, read)[own.segment.id]
            roles = roles_of(session, dataset)
            reach = accessible(read.profiles.get(own.segment.id, {}), roles)
            return PlayView(
                segment=next(each for each in read.summaries() if each.id == own.segment.id),
                name=own.identity.name,
                colour=own.identity.colour,
                currency=dataset.currency,
                play=play_of(stored) if stored else None,
                revision=stored.revision if stored else 0,
                reasons=(stored.reasons if stored else None) or {},
                proposal=proposal_of(read, own, roles, standing),
                why_not=standing.why_not,
                reach=reach.value if not too_few(own.counts.customers) else None,
                reach_text=reach.text if not too_few(own.counts.customers) else "",
                changes=changes_of(session, own.identity.id),
            )

    def save(
        self, slug: str, segment: str, fields: Mapping[str, Any], *, revision: int, by: str, seen: int | None = None
    ) -> Outcome:
        """Keep a play as a whole; what others changed since `revision` is brought together field by field.

        Parameters
        ----------
        fields : mapping of str to object
            A value for every field; what is left out is emptied.
        revision : int
            Of the play these fields were written over; 0: there was none.
        seen : int, optional
            Revision whose values were shown as a conflict and are overruled.

        Returns
        -------
        Outcome
            With conflicts nothing is kept.

        Raises
        ------
        NotFoundError
            There is no such dataset, or no such segment in the version in use.
        KindredError
            A field cannot be kept as it is; every problem is told.
        ConflictError
            The play may not run, with the reason; it was deleted meanwhile; or the segment is Unassigned.
        """
        mine = plays.checked(fields)
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            identities_of(session, dataset.id, lock=True)  # the first to save is not overwritten by the second
            model, own, read = own_segment(session, dataset, slug, segment, champion_read(session, dataset))
            stored = queries.plays_of(session, [own.identity.id]).get(own.identity.id)
            if stored is None and revision:
                raise ConflictError(f"the play of “{own.identity.name}” was deleted meanwhile; load the page again")
            theirs = play_of(stored) if stored else plays.empty()
            history = queries.changes_of(session, own.identity.id)
            base = _as_of(theirs, history, revision)
            merged, conflicts = plays.merge(base, mine, theirs, _as_of(theirs, history, seen) if seen else None)
            others = [name for name in plays.difference(base, theirs)[0] if mine[name] != theirs[name] == merged[name]]
            now, who = (stored.revision, stored.updated_by) if stored else (0, by)
            if conflicts:
                return Outcome(now, who, [], others, conflicts)
            before, after = plays.difference(theirs, merged)
            if stored and not after:
                return Outcome(now, who, [], others, [])
            standing = standings(session, model, read)[own.segment.id]
            _require_gate(own.identity.name, merged, after, standing.why_not)
            proposal = proposal_of(read, own, roles_of(session, dataset), standing)
            row = stored or Strategy(identity_id=own.identity.id, revision=history[0].revision if history else 0)
            _write(row, merged, _reasons(row.reasons or {}, after, proposal), by)
            session.add(row)
            session.add(
                StrategyChange(
                    identity_id=own.identity.id, revision=row.revision, at=row.updated_at, by=by,
                    before=before, after=after,
                )
            )  # fmt: skip
            return Outcome(row.revision, by, list(after), others, [])

    def delete(self, slug: str, segment: str, by: str) -> None:
        """Delete a play, also one that is archived; its history stays. NotFoundError where there is none."""
        with self._database.writing() as session:
            dataset = require_dataset(session, slug)
            identities_of(session, dataset.id, lock=True)
            identity = identity_by_slug(session, dataset.id, segment)
            stored = queries.plays_of(session, [identity.id]).get(identity.id) if identity else None
            if identity is None or stored is None:
                raise NotFoundError(f"segment {segment!r} of dataset {slug!r} has no play to delete")
            before, _ = plays.difference(play_of(stored), plays.empty())
            session.delete(stored)
            session.add(
                StrategyChange(
                    identity_id=identity.id, revision=stored.revision + 1, at=datetime.now(UTC), by=by, before=before,
                    after=None,
                )
            )  # fmt: skip


def _entry(
    own: SegmentOfRun, stored: Strategy | None, standing: Standing, read: RunRead, roles: dict[str, str]
) -> Entry:
    size = own.counts.customers
    share = ratio(size, read.run.customers) or 0.0
    proposal = None if stored else proposal_of(read, own, roles, standing)
    play = play_of(stored) if stored else None
    return Entry(
        own.identity.slug, own.identity.name, own.identity.colour, size, share, play, standing.why_not, proposal
    )


def _as_of(play: Play, history: Sequence[StrategyChange], revision: int) -> Play:
    """The play at an earlier revision; at 0 there was none."""
    if not revision:
        return plays.empty()
    return plays.rewound(play, (each.before for each in history if each.revision > revision))


def _write(row: Strategy, play: Play, reasons: dict[str, str], by: str) -> None:
    for name in plays.FIELDS:
        if name not in ASSUMPTIONS:
            setattr(row, name, play[name])
    row.due = date.fromisoformat(play["due"]) if play["due"] else None
    row.assumptions = {name: play[name] for name in ASSUMPTIONS if play[name] is not None}
    row.reasons = reasons
    row.revision += 1
    row.updated_at, row.updated_by = datetime.now(UTC), by


def _reasons(kept: Mapping[str, str], changed: Play, proposal: Proposal | None) -> dict[str, str]:
    """Why each field is as proposed; what differs from the proposal is the analyst's own, and has none."""
    as_proposed = {
        name: proposal.reasons[name]
        for name, value in changed.items()
        if proposal and value and proposal.values.get(name) == value
    }
    return {name: reason for name, reason in kept.items() if name not in changed} | as_proposed


def _require_gate(name: str, play: Play, changed: Play, why_not: str | None) -> None:
    if play["status"] != "running":
        return
    if not play["owner"]:
        raise ConflictError(f"the play of “{name}” has no owner, so it may not run; name who answers for it")
    if "status" in changed and why_not:
        raise ConflictError(f"the play of “{name}” may not run: {why_not}")
