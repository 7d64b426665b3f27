"""What an analyst says of a segment: its name, description and colour, with who said it and when, and the way back."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import AuditEvent, Segment, SegmentIdentity
from db.queries import identities as queries
from db.queries.models import identities_of
from db.queries.segments import champion_of, champion_segments
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import ConflictError, KindredError, NotFoundError
from segmentation.identity import COLOURS, UNASSIGNED, UNASSIGNED_COLOUR, free_name
from segmentation.lookups import require_dataset

__all__ = ["Edit", "Editable", "EditingService"]

LONGEST_NAME, LONGEST_DESCRIPTION = 60, 500
EDIT = "edit_segment"  # the action under which it is kept


@dataclass(frozen=True)
class Edit:
    """One change: what the fields were and what they became, by name; only those that changed."""

    at: datetime
    by: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True)
class Editable:
    """What the form about a segment shows.

    ``auto_name`` is what the profile calls it, ``named_by`` who called it otherwise; ``taken`` holds the names of the
    segments that have the other colours; ``edits`` are all changes, the newest first.
    """

    slug: str
    name: str
    auto_name: str
    named_by: str | None
    description: str
    colour: int
    taken: dict[int, str]
    edits: list[Edit]


class EditingService:
    """Renames, describes and recolours the segments of the version in use. Nothing of what was is lost."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def read(self, slug: str, segment: str) -> Editable:
        """A segment as it may be edited; NotFoundError where the version in use has none of this address."""
        with self._database.reading() as session:
            dataset_id = require_dataset(session, slug).id
            row, own, others = _found(session, dataset_id, slug, segment)
            return Editable(
                slug=own.slug,
                name=own.name,
                auto_name=row.auto_name,
                named_by=own.named_by,
                description=own.description,
                colour=own.colour,
                taken={each.colour: each.name for each in others},
                edits=_edits(session, slug, own),
            )

    def edit(
        self,
        slug: str,
        segment: str,
        *,
        by: str,
        name: str | None = None,
        description: str | None = None,
        colour: int | None = None,
    ) -> bool:
        """Change what is given; None leaves as it is, an empty description brings the automatic sentence back.

        Returns
        -------
        bool
            Whether anything changed.

        Raises
        ------
        NotFoundError
            There is no such dataset, or no such segment in the version in use.
        KindredError
            The name or description is empty, too long or holds signs that cannot be read, or there is no such colour.
        ConflictError
            Another segment has this name or colour.
        """
        asked: dict[str, Any] = {}
        if name is not None:
            asked["name"] = checked_name(name)
        if description is not None:
            asked["description"] = checked_description(description)
        if colour is not None:
            asked["colour"] = _checked_colour(colour)
        with self._database.writing() as session:
            _row, own, others = _locked(session, slug, segment)
            if asked.get("name", own.name) != own.name:
                asked["named_by"] = by
            return _change(session, slug, own, others, asked, by)

    def automatic_name(self, slug: str, segment: str, by: str) -> str:
        """Give the segment the name its profile gives it, numbered where another has that; answers the name."""
        with self._database.writing() as session:
            row, own, others = _locked(session, slug, segment)
            name = free_name(row.auto_name, [each.name for each in others])
            _change(session, slug, own, others, {"name": name, "named_by": None}, by)
            return name

    def undo(self, slug: str, segment: str, by: str) -> None:
        """Take the last change back; done again, it takes this back.

        Raises
        ------
        ConflictError
            Nothing was changed yet, or another segment has the name or colour by now.
        """
        with self._database.writing() as session:
            _row, own, others = _locked(session, slug, segment)
            edits = _edits(session, slug, own)
            if not edits:
                raise ConflictError(f"nothing was changed about “{own.name}” yet, so there is nothing to take back")
            _change(session, slug, own, others, edits[0].before, by)


def checked_name(name: str) -> str:
    """A name as it is kept: one line without blanks around it; KindredError says why it cannot be one.

    >>> checked_name("  Quiet   high spenders ")
    'Quiet high spenders'
    """
    kept = " ".join(_readable(name, "name").split())
    if not kept:
        raise KindredError("a segment needs a name; write one, or give the automatic name back")
    if len(kept) > LONGEST_NAME:
        raise KindredError(f"the name has {len(kept):,} characters; at most {LONGEST_NAME} are kept, shorten it")
    if kept.casefold() == UNASSIGNED.casefold():
        raise KindredError(f"“{UNASSIGNED}” is what those in no segment are called; choose another name")
    return kept


def checked_description(text: str) -> str:
    """A description without blanks around it; KindredError when it is too long."""
    kept = _readable(text, "description").strip()
    if len(kept) > LONGEST_DESCRIPTION:
        raise KindredError(
            f"the description has {len(kept):,} characters; at most {LONGEST_DESCRIPTION} are kept, shorten it"
        )
    return kept


def _readable(text: str, what: str) -> str:
    """The text in composed letters; what no one can see, or a database cannot hold, is refused."""
    for sign in text:
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") and sign not in "\t\r\n\u200d":
            raise KindredError(f"the {what} holds the sign U+{ord(sign):04X}, which cannot be read; leave it out")
    return unicodedata.normalize("NFC", text)


def _checked_colour(colour: int) -> int:
    if colour not in COLOURS:
        raise KindredError(f"there is no colour {colour}; the palette has {COLOURS[0]} to {COLOURS[-1]}")
    return colour


def _locked(session: Session, slug: str, segment: str) -> tuple[Segment, SegmentIdentity, list[SegmentIdentity]]:
    """As `_found`, with the identities of the dataset locked: two who choose the same name do not both get it."""
    dataset_id = require_dataset(session, slug).id
    identities_of(session, dataset_id, lock=True)
    return _found(session, dataset_id, slug, segment)


def _found(
    session: Session, dataset_id: int, slug: str, segment: str
) -> tuple[Segment, SegmentIdentity, list[SegmentIdentity]]:
    """A segment of the version in use, who it is, and who the others are."""
    champion = champion_of(session, dataset_id)
    segments = champion_segments(session, champion.id) if champion else []
    mine = next((pair for pair in segments if pair[1].slug == segment), None)
    if mine is None or mine[1].colour == UNASSIGNED_COLOUR:
        known = ", ".join(identity.slug for _, identity in segments if identity.colour != UNASSIGNED_COLOUR)
        hint = f"segments: {known}" if known else "train a model first"
        raise NotFoundError(f"there is no segment {segment!r} to edit in dataset {slug!r}; {hint}")
    return *mine, [identity for _, identity in segments if identity.id != mine[1].id]


def _change(
    session: Session,
    slug: str,
    own: SegmentIdentity,
    others: Sequence[SegmentIdentity],
    asked: dict[str, Any],
    by: str,
) -> bool:
    """Set what differs and keep who did it; refused where two segments could no longer be told apart."""
    after = {field: value for field, value in asked.items() if getattr(own, field) != value}
    if not after:
        return False
    for other in others:
        if after.get("name", "").casefold() == other.name.casefold():
            raise ConflictError(f"another segment is called “{other.name}”; choose a name that only this one has")
        if after.get("colour") == other.colour:
            raise ConflictError(f"“{other.name}” has this colour; choose one that no segment has")
    before = {field: getattr(own, field) for field in after}
    for field, value in after.items():
        setattr(own, field, value)
    details = {"segment": own.slug, "before": before, "after": after}
    session.add(AuditEvent(at=datetime.now(UTC), actor=by, action=EDIT, dataset=slug, details=details))
    session.flush()
    return True


def _edits(session: Session, slug: str, own: SegmentIdentity) -> list[Edit]:
    """All changes of a segment, the newest first; those of a namesake in a dataset deleted before are not its own."""
    found = queries.edits_of(session, slug, EDIT, own.slug, own.created_at)
    return [Edit(event.at, event.actor, event.details["before"], event.details["after"]) for event in found]
