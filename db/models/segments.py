"""Segments that last across versions, and who is in them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.models.common import RISKS, STRATEGY_STATUSES, one_of


class SegmentIdentity(Base):
    """What stays of a segment across model versions: its address, name and colour."""

    __tablename__ = "segment_identity"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    slug: Mapped[str]  # never changes, so that links keep working
    name: Mapped[str]
    colour: Mapped[int]  # 1 to 10: --k-seg-1 ... --k-seg-10; 0: Unassigned, which is no segment
    description: Mapped[str] = mapped_column(Text, default="")
    named_by: Mapped[str | None]  # None: the product did
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("segment_identity.id"))  # an analyst said it is that one
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("dataset_id", "slug"),
        CheckConstraint("colour BETWEEN 0 AND 10", name="colour_of_the_palette"),
    )


class Segment(Base):
    """The appearance of an identity in one model version."""

    __tablename__ = "segment"
    id: Mapped[int] = mapped_column(primary_key=True)
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id", ondelete="CASCADE"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("segment_identity.id"), index=True)
    label: Mapped[int]  # the clusterer's integer; has no meaning outside its model version
    position: Mapped[int]  # display order, fixed at training: value per customer, highest first
    auto_name: Mapped[str]
    size: Mapped[int]  # at training
    centroid: Mapped[dict[str, Any]]  # mean of each feature, original units
    stability: Mapped[float | None]
    __table_args__ = (
        UniqueConstraint("model_version_id", "label"),
        UniqueConstraint("model_version_id", "identity_id", name="uq_segment_identity_once_per_version"),
    )


class Strategy(Base):
    """What is done for a segment, whatever version it appears in."""

    __tablename__ = "strategy"
    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("segment_identity.id", ondelete="CASCADE"), unique=True)
    objective: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    channel: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    offer: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    kpi: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    avoid: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))  # what not to do
    budget: Mapped[float | None]  # in the currency of the dataset
    risk: Mapped[str | None]
    owner: Mapped[str]
    due: Mapped[date | None]
    status: Mapped[str]
    assumptions: Mapped[dict[str, Any] | None]  # what was typed into the calculator, by name
    reasons: Mapped[dict[str, Any] | None]  # by field: why it was proposed, as long as it stands as proposed
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    __table_args__ = (
        one_of("status", STRATEGY_STATUSES),
        one_of("risk", RISKS),
        CheckConstraint("budget >= 0", name="budget_is_no_debt"),
    )


class StrategyChange(Base):
    """What was done to the play of a segment; a deleted play keeps its history."""

    __tablename__ = "strategy_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("segment_identity.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]  # of the play after the change
    at: Mapped[datetime]
    by: Mapped[str]
    before: Mapped[dict[str, Any]]  # only what changed, by field
    after: Mapped[dict[str, Any] | None]  # None: the play was deleted


class ScoringRun(Base):
    """One pass over all stored customers."""

    __tablename__ = "scoring_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), index=True)
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id", ondelete="CASCADE"), index=True)
    as_of: Mapped[date]
    customers: Mapped[int]
    value: Mapped[float | None]  # sum over customers of the dataset's value attributes
    borderline: Mapped[int]  # customers with confidence below 0.05
    unusual: Mapped[dict[str, Any] | None]  # customers far from every segment or between two, with what makes them so
    moves: Mapped[dict[str, Any] | None]  # {"before": run, "flows": [[segment id there or null, here, customers]]}
    dataset_state: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    pruned_at: Mapped[datetime | None]  # assignments removed, counts kept


class RunSegment(Base):
    """Counts of one segment in one run: what stays when the assignments are pruned."""

    __tablename__ = "run_segment"
    scoring_run_id: Mapped[int] = mapped_column(ForeignKey("scoring_run.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)
    customers: Mapped[int]
    value: Mapped[float | None]
    borderline: Mapped[int]
    confidence: Mapped[dict[str, Any]]  # {"mean", "percentiles": [101 values]}
    typical: Mapped[list[Any]]  # customer_id of members closest to the centre
    border: Mapped[list[Any]]  # customer_id of members almost as close to a second segment


class Assignment(Base):
    """Which segment a customer has in a run. ``customer_id`` points into the dataset's typed table."""

    __tablename__ = "assignment"
    scoring_run_id: Mapped[int] = mapped_column(ForeignKey("scoring_run.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"))
    confidence: Mapped[float]
    distance: Mapped[float]
    runner_up_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"))
    __table_args__ = (
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_is_a_share"),
        {"sqlite_with_rowid": False},
    )


class SegmentProfile(Base):
    """Summary of one attribute among the members of one segment (or, ``segment_id`` null, everyone)."""

    __tablename__ = "segment_profile"
    id: Mapped[int] = mapped_column(primary_key=True)
    scoring_run_id: Mapped[int] = mapped_column(ForeignKey("scoring_run.id", ondelete="CASCADE"))
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"))
    attribute: Mapped[str]  # an attribute's or a derived feature's name
    label: Mapped[str]
    kind: Mapped[str]
    unit: Mapped[str | None]
    used: Mapped[bool]  # formed the segments
    customers: Mapped[int]  # with a value
    missing: Mapped[int]
    mean: Mapped[float | None]
    sd: Mapped[float | None]
    quantiles: Mapped[dict[str, Any] | None]  # {"0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99", "min", "max"}
    histogram: Mapped[dict[str, Any] | None]  # {"edges": [...], "counts": [...]}; edges shared by all segments
    levels: Mapped[list[Any] | None]  # [{"level", "customers", "share", "lift"}]
    effect: Mapped[float | None]  # standardised mean difference to everyone; category: largest |log2 lift|, signed
    __table_args__ = (Index("ix_segment_profile_run", "scoring_run_id", "segment_id"),)


class ProjectionPoint(Base):
    """Where a sampled customer lies on the map (principal components of the clustered space)."""

    __tablename__ = "projection_point"
    scoring_run_id: Mapped[int] = mapped_column(ForeignKey("scoring_run.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"))
    x: Mapped[float]
    y: Mapped[float]
    z: Mapped[float]
    confidence: Mapped[float]
