"""Scenarios: what-ifs kept under a name, shared by their address, and asked again of a newer model."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import AuditEvent, Dataset, Scenario, ScenarioResult
from db.queries import scenarios as queries
from db.queries.datasets import attributes_of
from db.queries.profiles import customers_by_id
from db.queries.segments import champion_of
from db.session import Database
from segmentation.errors import KindredError, NotFoundError
from segmentation.lookups import require_dataset
from segmentation.progress import Progress, no_progress
from segmentation.scenario_views import Answered, ScenarioView
from segmentation.services.customer_reading import find
from segmentation.services.groups import AT_ONCE, Group, GroupResult, GroupService
from segmentation.services.simulation import SimulationService
from segmentation.services.whatif import WhatIfService

__all__ = ["Answered", "ScenarioService", "ScenarioView"]

LONGEST_NAME, LONGEST_NOTE = 80, 2_000
MOST_COMPARED = 4
DELETED = "delete_scenario"


class ScenarioService:
    """See the module. An answer is kept for each model version that was asked."""

    def __init__(
        self, database: Database, simulation: SimulationService, whatif: WhatIfService,
        groups: GroupService,
    ) -> None:  # fmt: skip
        self._database = database
        self._simulation, self._whatif, self._groups = simulation, whatif, groups

    def save_customer(
        self, slug: str, name: str, values: Mapping[str, Any], *, note: str = "", customer: str | None = None, by: str,
        start: Mapping[str, Any] | None = None,
    ) -> ScenarioView:  # fmt: skip
        """Keep a customer with these values. They began as the stored `customer` (a key), or with the values `start`.

        Raises
        ------
        KindredError
            No name, one too long, or a value that cannot be.
        NotFoundError
            There is no such dataset, customer, or no model.
        """
        name, note = _checked(name, note)
        begun = self._whatif.customer(slug, customer) if customer else dict(start or {})
        complete = self._simulation.simulate(slug, {**begun, **values}).values
        asked = {"start": begun, "changes": {n: v for n, v in complete.items() if n not in begun or v != begun[n]}}
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            row = find(session, dataset, attributes_of(session, dataset.id), customer) if customer else None
        body, version = self._of_customer(slug, asked, customer)
        return self._keep(slug, "customer", name, note, asked, row["customer_id"] if row else None, (version, body), by)

    def save_group(
        self, slug: str, name: str, group: Group, changes: Sequence[Mapping[str, Any]], *, note: str = "", by: str,
        result: GroupResult | None = None,
    ) -> ScenarioView:  # fmt: skip
        """Keep a group with the same changes for all; `result` is what `GroupService.run` answered, if it did already.

        Errors as for `save_customer` and `GroupService.run`.
        """
        name, note = _checked(name, note)
        told = result or self._groups.run(slug, group, changes)
        asked = {"group": group.as_json(), "changes": [vars(each) for each in told.changes]}
        return self._keep(slug, "group", name, note, asked, None, (told.version, told.as_json()), by)

    def kept(self, slug: str) -> list[ScenarioView]:
        """The scenarios of a dataset, the newest first."""
        with self._database.reading() as session:
            dataset = require_dataset(session, slug)
            return self._views(session, dataset, queries.scenarios_of(session, dataset.id))

    def get(self, public_id: str) -> ScenarioView:
        """The scenario of an address; NotFoundError says when it was deleted, if it was."""
        with self._database.reading() as session:
            scenario = self._require(session, public_id)
            return self._view(session, scenario)

    def compare(self, ids: Sequence[str]) -> list[ScenarioView]:
        """At most four scenarios of one dataset, in the order asked; errors as for `get`."""
        wanted = list(dict.fromkeys(ids))
        if len(wanted) > MOST_COMPARED:
            raise KindredError(f"{len(wanted)} scenarios are too many side by side; choose at most {MOST_COMPARED}")
        found = [self.get(each) for each in wanted]
        if len({each.dataset for each in found}) > 1:
            raise KindredError("these scenarios are of several datasets; compare those of one")
        return found

    def annotate(self, public_id: str, name: str, note: str, by: str) -> ScenarioView:
        """Another name and note."""
        name, note = _checked(name, note)
        with self._database.writing() as session:
            scenario = self._require(session, public_id)
            scenario.name, scenario.note = name, note
            scenario.updated_at, scenario.updated_by = datetime.now(UTC), by
        return self.get(public_id)

    def is_slow(self, public_id: str) -> bool:
        """Whether asking again is work for a job."""
        told = self.get(public_id)
        return told.kind == "group" and self._groups.size(told.dataset, Group.of(told.asked["group"])) > AT_ONCE

    def rerun(self, public_id: str, by: str, progress: Progress = no_progress) -> ScenarioView:
        """Ask the model in use again, with the customers as they are now, and keep its answer beside the others.

        What the newest model does not use any more is left out; the answer says so in ``dropped``.

        Raises
        ------
        KindredError
            The newest model uses nothing of what was changed; else as for `save_group`.
        """
        told = self.get(public_id)
        if told.kind == "customer":
            body, version = self._of_customer(told.dataset, told.asked, told.customer)
        else:
            body, version = self._of_group(told.dataset, told.asked, progress)
        with self._database.writing() as session:
            scenario = self._require(session, public_id)
            self._answer(session, scenario, version, body, by)
        return self.get(public_id)

    def delete(self, public_id: str, by: str) -> None:
        """Delete a scenario with its answers; its address says so from then on."""
        with self._database.writing() as session:
            scenario = self._require(session, public_id)
            slug = session.get_one(Dataset, scenario.dataset_id).slug
            session.delete(scenario)
            session.add(_audit(by, DELETED, slug, public_id))

    def _of_customer(self, slug: str, asked: Mapping[str, Any], customer: str | None) -> tuple[dict[str, Any], int]:
        """What the model in use says of a customer before and after the changes."""
        known = {control.name for control in self._simulation.form(slug).controls}
        begun = self._whatif.customer(slug, customer) if customer else asked["start"]
        start = {name: value for name, value in begun.items() if name in known}
        changes = {name: value for name, value in asked["changes"].items() if name in known}
        dropped = [name for name in asked["changes"] if name not in known]
        if asked["changes"] and not changes:
            raise KindredError("the model in use looks at nothing of what was changed; nothing can be compared")
        before, after = self._simulation.simulate(slug, start), self._simulation.simulate(slug, {**start, **changes})
        sides = {
            name: {"segment": each.segment, "slug": each.slug, "colour": each.colour, "confidence": each.confidence,
                   "word": each.word, "runner_up": each.runner_up, "values": each.values}
            for name, each in (("before", before), ("after", after))
        }  # fmt: skip
        return {**sides, "changes": changes, "warnings": after.warnings, "dropped": dropped}, after.version

    def _of_group(self, slug: str, asked: Mapping[str, Any], progress: Progress) -> tuple[dict[str, Any], int]:
        known = {control.name for control in self._simulation.form(slug).controls}
        changes = [each for each in asked["changes"] if each["attribute"] in known]
        dropped = sorted({each["attribute"] for each in asked["changes"]} - known)
        if not changes:
            raise KindredError("the model in use looks at nothing of what was changed; nothing can be compared")
        result = self._groups.run(slug, Group.of(asked["group"]), changes, progress)
        return {**result.as_json(), "dropped": dropped}, result.version

    def _keep(
        self, slug: str, kind: str, name: str, note: str, asked: dict[str, Any], customer_id: int | None,
        answer: tuple[int, dict[str, Any]], by: str,
    ) -> ScenarioView:  # fmt: skip
        now, (version, body) = datetime.now(UTC), answer
        with self._database.writing() as session:
            scenario = Scenario(
                public_id=secrets.token_urlsafe(9), dataset_id=require_dataset(session, slug).id, kind=kind, name=name,
                note=note, asked=asked, customer_id=customer_id, created_at=now, created_by=by, updated_at=now,
                updated_by=by,
            )  # fmt: skip
            session.add(scenario)
            session.flush()
            self._answer(session, scenario, version, body, by)
            session.add(_audit(by, "save_scenario", slug, scenario.public_id))
            return self._view(session, scenario)

    def _answer(self, session: Session, scenario: Scenario, version: int, body: dict[str, Any], by: str) -> None:
        state = session.get_one(Dataset, scenario.dataset_id).state
        row = session.get(ScenarioResult, (scenario.id, version)) or ScenarioResult(
            scenario_id=scenario.id, model_version_id=version
        )
        row.computed_at, row.computed_by, row.dataset_state, row.body = datetime.now(UTC), by, state, body
        session.add(row)
        session.flush()

    def _require(self, session: Session, public_id: str) -> Scenario:
        found = queries.scenario_by(session, public_id)
        if found is not None:
            return found
        deleted = queries.deletion_of(session, DELETED, public_id)
        if deleted is not None:
            when = f"{deleted.at.day} {deleted.at:%b %Y}"
            raise NotFoundError(f"this scenario was deleted on {when}; the list of scenarios has those that are kept")
        raise NotFoundError(
            f"there is no scenario {public_id!r}; it may have been of a customer or a dataset that was erased, or the "
            "link is not complete"
        )

    def _view(self, session: Session, scenario: Scenario) -> ScenarioView:
        return self._views(session, session.get_one(Dataset, scenario.dataset_id), [scenario])[0]

    def _views(self, session: Session, dataset: Dataset, found: Sequence[Scenario]) -> list[ScenarioView]:
        champion = champion_of(session, dataset.id)
        results = queries.results_of(session, [each.id for each in found])
        begun = [each.customer_id for each in found if each.customer_id is not None]
        rows = customers_by_id(session, customers_table(dataset.slug, ()), begun, ()) if begun else []
        keys = {row["customer_id"]: row["customer_key"] for row in rows}
        labels = {each.name: each.label for each in attributes_of(session, dataset.id)}
        return [
            ScenarioView(
                id=each.public_id, dataset=dataset.slug, kind=each.kind, name=each.name, note=each.note,
                asked=each.asked, customer=keys.get(each.customer_id or 0), labels=labels, created_at=each.created_at,
                created_by=each.created_by, updated_at=each.updated_at,
                answers=[
                    Answered(row.model_version_id, row.computed_at, row.computed_by,
                             row.dataset_state != dataset.state, row.body)
                    for row in results[each.id]
                ],
                champion=champion.id if champion else None,
            )
            for each in found
        ]  # fmt: skip


def _checked(name: str, note: str) -> tuple[str, str]:
    name, note = " ".join((name or "").split()), (note or "").strip()
    if not name:
        raise KindredError("give the scenario a name, such as: Two more visits a month")
    if len(name) > LONGEST_NAME:
        raise KindredError(f"the name has {len(name)} characters; {LONGEST_NAME} are the most")
    if len(note) > LONGEST_NOTE:
        raise KindredError(f"the note has {len(note):,} characters; {LONGEST_NOTE:,} are the most")
    return name, note


def _audit(by: str, action: str, slug: str, public_id: str) -> AuditEvent:
    return AuditEvent(at=datetime.now(UTC), actor=by, action=action, dataset=slug, details={"scenario": public_id})
