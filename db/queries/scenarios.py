"""Named selects on scenarios and what was answered to them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from db.models import AuditEvent, Job, Scenario, ScenarioResult


def scenarios_of(session: Session, dataset_id: int) -> Sequence[Scenario]:
    """Every scenario of a dataset, the newest first."""
    mine = select(Scenario).where(Scenario.dataset_id == dataset_id)
    return session.scalars(mine.order_by(Scenario.id.desc())).all()


def scenario_by(session: Session, public_id: str) -> Scenario | None:
    """The scenario of an address; None when there is none."""
    return session.scalar(select(Scenario).where(Scenario.public_id == public_id))


def results_of(session: Session, ids: Collection[int]) -> dict[int, list[ScenarioResult]]:
    """What was answered to each of the scenarios, the newest answer first."""
    found: dict[int, list[ScenarioResult]] = {each: [] for each in ids}
    mine = select(ScenarioResult).where(ScenarioResult.scenario_id.in_(ids))
    newest_first = mine.order_by(ScenarioResult.computed_at.desc(), ScenarioResult.model_version_id.desc())
    for row in session.scalars(newest_first):
        found[row.scenario_id].append(row)
    return found


def deletion_of(session: Session, action: str, public_id: str) -> AuditEvent | None:
    """When and by whom the scenario of an address was deleted; None: it never was there, or its customer was erased."""
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id.desc()))
    return next((each for each in told if each.details.get("scenario") == public_id), None)


def forget_in_scenarios(session: Session, dataset_id: int, ids: Select[tuple[int]]) -> None:
    """Scenarios of customers who are about to be removed go; lists of customers, also those of jobs, lose them."""
    session.execute(
        delete(Scenario).where(Scenario.dataset_id == dataset_id, Scenario.customer_id.in_(ids)),
        execution_options={"synchronize_session": False},
    )
    jobs = session.scalars(select(Job).where(Job.dataset_id == dataset_id, Job.kind == "group_whatif")).all()
    scenarios = [each for each in scenarios_of(session, dataset_id) if _listed(each.asked)]
    listing = [each for each in jobs if _listed(each.payload)]
    if not scenarios and not listing:
        return
    gone = set(session.scalars(ids))
    for scenario in scenarios:
        scenario.asked = _without(scenario.asked, gone)
    for job in listing:
        job.payload = _without(job.payload, gone)


def _listed(asked: dict[str, Any]) -> list[int]:
    """The customers of a list."""
    return (asked.get("group") or {}).get("ids") or []


def _without(asked: dict[str, Any], gone: Collection[Any]) -> dict[str, Any]:
    return {**asked, "group": {**asked["group"], "ids": [each for each in _listed(asked) if each not in gone]}}
