"""What-ifs that were kept, and what each model version answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.models.common import one_of

SCENARIO_KINDS = ("customer", "group")


class Scenario(Base):
    """A what-if under a name, of one customer or of a group; ``public_id`` stands in its address."""

    __tablename__ = "scenario"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str]
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    note: Mapped[str]
    # customer: {"start", "changes"} by attribute; group: {"group": {"segment", "filter", "ids"}, "changes": [...]}
    asked: Mapped[dict[str, Any]]
    customer_id: Mapped[int | None]  # the stored customer it began with; points into the dataset's typed table
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    __table_args__ = (UniqueConstraint("public_id"), one_of("kind", SCENARIO_KINDS))


class ScenarioResult(Base):
    """What one model version answered to a scenario, and when."""

    __tablename__ = "scenario_result"
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id", ondelete="CASCADE"), primary_key=True)
    model_version_id: Mapped[int] = mapped_column(
        ForeignKey("model_version.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    computed_at: Mapped[datetime]
    computed_by: Mapped[str]
    dataset_state: Mapped[str]
    body: Mapped[dict[str, Any]]
