"""One model version as its page tells it: what it was made of, how it stands among the others, the analyst's note."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.models import AuditEvent
from db.queries import models as queries
from db.queries.imports import batches_of
from db.queries.segments import champion_segments, newest_run
from db.session import Database
from segmentation.config import Settings
from segmentation.findings import Finding
from segmentation.inputs import Gap
from segmentation.model_views import ModelView, made_of
from segmentation.services.bundles import require_version
from segmentation.services.gaps import Gaps
from segmentation.services.identity import Story, read_story
from segmentation.services.run_reading import read_run
from segmentation.services.standing import trust_of_run
from segmentation.services.versions import checked_note, version_view

__all__ = ["RegistryService", "Reign", "VersionPage"]


@dataclass(frozen=True)
class Reign:
    """A version in use; ``until`` is None for the one that is."""

    version: int
    since: datetime
    until: datetime | None
    by: str


@dataclass(frozen=True)
class VersionPage:
    """Everything about a version.

    Attributes
    ----------
    model : ModelView
    dataset_name : str
    place, of : int
        It is the `place`-th of so many versions of its dataset, the oldest the first.
    others : list of int
        The other versions, newest first.
    files : list of str
        Names of the files its customers had come from when it was trained, newest first.
    changed : bool
        The customers changed since.
    explanation : dict or None
        Rules and surrogate classifiers as stored.
    labels : dict of int to str
        Name of the segment by label.
    story : Story
    trust : list of Finding
        Whether its segments are real, come back, and may have a play, in its newest run.
    gaps : list of Gap
        Its inputs in which no customer has a value now.
    history : list of Reign
        Which version was in use when, the newest first.
    """

    model: ModelView
    dataset_name: str
    place: int
    of: int
    others: list[int]
    files: list[str]
    changed: bool
    explanation: dict[str, Any] | None
    labels: dict[int, str]
    story: Story
    trust: list[Finding]
    gaps: list[Gap]
    history: list[Reign]


class RegistryService:
    """Reads versions, and keeps what the analyst notes about them."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._gaps = Gaps(database, settings)

    def page(self, version: int) -> VersionPage:
        """A version; NotFoundError when there is none of that number."""
        with self._database.reading() as session:
            model, _recipe, dataset = require_version(session, version)
            versions = [each.id for each, _ in queries.versions_of(session, dataset.id)]
            run = newest_run(session, version)
            return VersionPage(
                model=version_view(session, version),
                dataset_name=dataset.name,
                place=len(versions) - versions.index(version),
                of=len(versions),
                others=[each for each in versions if each != version],
                files=[each.file_name for each in made_of(model, batches_of(session, dataset.id))],
                changed=dataset.state != model.dataset_state,
                explanation=model.explanation,
                labels=_names(session, version),
                story=read_story(session, model, dataset.slug),
                trust=trust_of_run(session, model, read_run(session, run)) if run and run.customers else [],
                gaps=self._gaps.now(session, dataset, model, run),
                history=[
                    Reign(each.model_version_id, each.since, each.until, each.set_by)
                    for each in queries.champion_history(session, dataset.id)
                ],
            )

    def note(self, version: int, text: str, by: str) -> str | None:
        """Keep why the analyst decided as they did; an empty text removes the note. Answers what is kept.

        Raises
        ------
        NotFoundError
            There is no such version.
        KindredError
            The text is longer than 2,000 characters.
        """
        kept = checked_note(text)
        with self._database.writing() as session:
            model, _recipe, dataset = require_version(session, version)
            if model.note == kept:
                return kept
            model.note = kept
            details = {"version": version, "characters": len(kept or "")}
            session.add(
                AuditEvent(at=datetime.now(UTC), actor=by, action="note", dataset=dataset.slug, details=details)
            )
            return kept


def _names(session: Session, version: int) -> dict[int, str]:
    return {segment.label: identity.name for segment, identity in champion_segments(session, version)}
