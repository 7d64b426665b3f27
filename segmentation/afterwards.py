"""What a job had done when its process died: asked before it is called failed, or begun again.

An import and an undo are one transaction each. When that was committed the work is done, whatever became of the
process that was to say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from db.queries import jobs as queries

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.models import ImportBatch, Job


def stored_result(session: Session, job: Job) -> dict[str, Any] | None:
    """The result of a running job whose work is in the store; None: it is not, or nobody can tell.

    Only of imports and undos. The problems of an import are left out.
    """
    if job.status != "running" or job.started_at is None or job.kind not in ("import", "undo"):
        return None
    told = queries.told_since(session, job.kind, job.queue, job.started_at)
    if told is None or job.kind == "undo":
        return told
    batch = queries.batch(session, told["batch"])
    return None if batch is None else _import_result(batch)


def _import_result(batch: ImportBatch) -> dict[str, Any]:
    from segmentation.services.import_views import ImportResult, told_facts

    return ImportResult(
        batch=batch.id, rows=batch.rows_read, created=batch.created, updated=batch.updated, unchanged=batch.unchanged,
        rejected=batch.rejected, problem_counts=batch.problem_counts, problems=[], dialect=batch.dialect,
        mapping=batch.mapping, facts=told_facts(batch),
    ).as_json()  # fmt: skip
