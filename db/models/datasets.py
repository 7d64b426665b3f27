"""A customer base and its columns."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.models.common import KINDS, ROLES, one_of


class Dataset(Base):
    """One customer base with its own columns."""

    __tablename__ = "dataset"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    key_attribute: Mapped[str | None]  # header of the column that became customer_key; None: row number
    currency: Mapped[str | None]
    description: Mapped[str] = mapped_column(Text, default="")
    customers: Mapped[int] = mapped_column(default=0)  # kept by every batch, so that no page counts
    next_customer_id: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="")  # changes with every change of the customers; names the snapshot
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]  # last change of the customers
    __table_args__ = (CheckConstraint("customers >= 0", name="customers_not_negative"),)


class Attribute(Base):
    """A column of a dataset's customers table."""

    __tablename__ = "attribute"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]  # snake case, at most 63 bytes
    label: Mapped[str]
    kind: Mapped[str]
    role: Mapped[str] = mapped_column(default="other")
    unit: Mapped[str | None]
    source_header: Mapped[str]
    sensitive: Mapped[bool] = mapped_column(default=False)
    computed: Mapped[bool] = mapped_column(default=False, server_default=false())  # from transactions, not from a file
    import_batch_id: Mapped[int | None]  # the batch that brought it
    __table_args__ = (UniqueConstraint("dataset_id", "name"), one_of("kind", KINDS), one_of("role", ROLES))


class Summary(Base):
    """What was computed over all customers of a dataset, for a page that would scan them otherwise."""

    __tablename__ = "summary"
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]  # of the customers, and of what else it was computed from: another one means compute again
    body: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]


class Correlation(Base):
    """How far two attributes go together among the customers of a dataset; see `segmentation.exploration.Pair`."""

    __tablename__ = "correlation"
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), primary_key=True)
    first: Mapped[str] = mapped_column(primary_key=True)
    second: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str]  # pearson, cramers_v, correlation_ratio
    value: Mapped[float]
    rank_value: Mapped[float | None]  # Spearman's, beside Pearson's
    strength: Mapped[float]  # what orders them, without sign
    customers: Mapped[int]  # with both
    __table_args__ = (
        CheckConstraint("strength BETWEEN 0 AND 1", name="strength_is_a_share"),
        Index("ix_correlation_strength", "dataset_id", "strength"),
    )


class SavedFilter(Base):
    """Which customers, under a name: what `segmentation.filters.Filter` reads. Holds no key of a customer."""

    __tablename__ = "saved_filter"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    name: Mapped[str]
    body: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]
    __table_args__ = (UniqueConstraint("dataset_id", "name"),)
