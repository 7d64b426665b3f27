"""Recipes, model versions, and which of them is in use."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class Recipe(Base):
    """A named, versioned list of features and transforms, as matched to one dataset."""

    __tablename__ = "recipe"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    name: Mapped[str]
    version: Mapped[int]
    spec: Mapped[dict[str, Any]]
    label: Mapped[str | None]  # of a saved recipe; None: it comes with the product
    description: Mapped[str | None] = mapped_column(Text)
    written: Mapped[dict[str, Any] | None]  # the saved recipe as it was written, before it met the dataset
    hidden_at: Mapped[datetime | None]  # no longer offered; models trained on it keep it
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    __table_args__ = (UniqueConstraint("dataset_id", "name", "version"),)


class ModelVersion(Base):
    """Immutable result of one training."""

    __tablename__ = "model_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), index=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"))  # champion when this was trained
    algorithm: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    k: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)  # why this k, in a sentence
    note: Mapped[str | None] = mapped_column(Text)  # why the analyst decided otherwise
    seed: Mapped[int]
    as_of: Mapped[date]
    customers: Mapped[int]  # trained on
    dataset_state: Mapped[str]
    metrics: Mapped[dict[str, Any]]
    selection: Mapped[list[Any]]
    reality_check: Mapped[dict[str, Any] | None]
    stability: Mapped[dict[str, Any] | None]
    preparation: Mapped[list[Any]]  # per feature: missing, transform, clipped, weight
    explanation: Mapped[dict[str, Any] | None]  # rules and surrogate classifiers
    story: Mapped[list[Any] | None]  # what became of the segments of the version before
    projection: Mapped[dict[str, Any]]  # explained variance and loadings of the map
    libraries: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    duration_s: Mapped[float]
    __table_args__ = (CheckConstraint("k >= 1", name="at_least_one_segment"),)


class ModelArtifact(Base):
    """The joblib bytes of a model version; never unpickled before sha256 and HMAC are checked."""

    __tablename__ = "model_artifact"
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[bytes]
    sha256: Mapped[str]
    hmac: Mapped[str]


class ModelAlias(Base):
    """What an alias points to, from when until when; the row with ``until`` null is in force."""

    __tablename__ = "model_alias"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    alias: Mapped[str] = mapped_column(default="champion")
    model_version_id: Mapped[int] = mapped_column(ForeignKey("model_version.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    set_by: Mapped[str]
    __table_args__ = (
        Index(
            "uq_model_alias_in_force", "dataset_id", "alias", unique=True,
            sqlite_where=text("until IS NULL"), postgresql_where=text("until IS NULL"),
        ),
    )  # fmt: skip
