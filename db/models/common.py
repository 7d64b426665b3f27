"""Words that columns may hold."""

from sqlalchemy import CheckConstraint

KINDS = ("number", "category", "flag", "date", "text")
ROLES = (
    "value", "frequency", "recency", "tenure", "response", "engagement", "discount",
    "demographic", "channel", "consent", "id", "other",
)  # fmt: skip
BATCH_STATUSES = ("running", "committed", "failed", "cancelled", "undone")
JOB_STATUSES = ("queued", "running", "done", "failed", "cancelled")
STRATEGY_STATUSES = ("draft", "planned", "running", "ended")
RISKS = ("low", "medium", "high")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A CHECK that `column` is one of `values`; named ``known_<column>``."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")
