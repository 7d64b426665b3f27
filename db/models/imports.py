"""Files received, what was wrong with them, and how they are read."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.models.common import BATCH_STATUSES, one_of


class ImportBatch(Base):
    """One file received. rows_read = created + updated + unchanged + rejected once committed."""

    __tablename__ = "import_batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str]
    sha256: Mapped[str]
    kind: Mapped[str] = mapped_column(default="customers")
    dialect: Mapped[dict[str, Any]]
    mapping: Mapped[dict[str, Any]]
    on_duplicate: Mapped[str]
    blank: Mapped[str]
    status: Mapped[str]
    rows_read: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    problem_counts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    depends_on: Mapped[list[Any] | None]  # the batches that wrote rows which this one met: undone after it only
    facts: Mapped[dict[str, Any] | None]  # what else is to be told, such as lines without a customer
    __table_args__ = (
        one_of("kind", ("customers", "transactions")),
        one_of("on_duplicate", ("update", "skip", "reject")),
        one_of("blank", ("keep", "clear")),
        one_of("status", BATCH_STATUSES),
        CheckConstraint(
            "status <> 'committed' OR rows_read = created + updated + unchanged + rejected", name="counts_add_up"
        ),
    )


class ImportProblem(Base):
    """One reason a row was rejected (error) or remarked on (warning)."""

    __tablename__ = "import_problem"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), index=True)
    row_number: Mapped[int]  # 1 = first row below the header
    column: Mapped[str | None]
    value: Mapped[str | None] = mapped_column(Text)
    expected: Mapped[str] = mapped_column(Text)
    cause: Mapped[str]
    severity: Mapped[str]
    __table_args__ = (one_of("severity", ("error", "warning")),)


class FileFormat(Base):
    """How files with this header are read into a dataset: what somebody chose instead of the guesses."""

    __tablename__ = "file_format"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    signature: Mapped[str]  # hash of the header as it is recognised without help
    choices: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    __table_args__ = (UniqueConstraint("dataset_id", "signature"),)
