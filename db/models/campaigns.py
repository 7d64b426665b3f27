"""What is sent to whom, who is left alone, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class Campaign(Base):
    """The plan of a campaign for a group of customers, and its results."""

    __tablename__ = "campaign"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), index=True)
    identity_id: Mapped[int | None] = mapped_column(  # the segment whose play it is of; None: a filter, or everybody
        ForeignKey("segment_identity.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str]
    target: Mapped[dict[str, Any]]  # {"group": as the form says it, "name", "filter": as `Filter.of` reads it}
    assumptions: Mapped[dict[str, Any]]  # by name: {"low", "likely", "high"}
    holdout: Mapped[float]  # share held out
    seed: Mapped[int]
    customers: Mapped[int]  # in the group
    without_consent: Mapped[int]  # of them, left out
    planned: Mapped[dict[str, Any]]  # what was worked out of it when it was saved
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    drawn_at: Mapped[datetime | None]  # when its people were fixed; from then on only its name changes
    outcome: Mapped[dict[str, Any] | None]  # what the results tell, in counts
    __table_args__ = (
        CheckConstraint("holdout > 0 AND holdout < 1", name="holdout_is_a_share"),
        CheckConstraint("without_consent BETWEEN 0 AND customers", name="left_out_of_the_group"),
    )


class CampaignMember(Base):
    """Who is in a campaign, on which side. ``customer_id`` points into the dataset's typed table."""

    __tablename__ = "campaign_member"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(primary_key=True)
    held: Mapped[bool]  # left alone
    __table_args__ = ({"sqlite_with_rowid": False},)
