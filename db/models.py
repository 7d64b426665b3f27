"""Tables: what is stored. No queries and no business rules here.

The typed tables of a dataset (``customers_<slug>``) are made from its ``attribute`` rows by
``db.customers``, not here and not by Alembic.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

KINDS = ("number", "category", "flag", "date", "text")
ROLES = (
    "value", "frequency", "recency", "tenure", "response", "engagement", "discount",
    "demographic", "channel", "consent", "id", "other",
)  # fmt: skip
BATCH_STATUSES = ("running", "committed", "failed", "cancelled", "undone")
JOB_STATUSES = ("queued", "running", "done", "failed", "cancelled")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A CHECK that `column` is one of `values`; named ``known_<column>``."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")


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
    __table_args__ = (UniqueConstraint("dataset_id", "name"), _one_of("kind", KINDS), _one_of("role", ROLES))


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
        _one_of("kind", ("customers", "transactions")),
        _one_of("on_duplicate", ("update", "skip", "reject")),
        _one_of("blank", ("keep", "clear")),
        _one_of("status", BATCH_STATUSES),
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
    __table_args__ = (_one_of("severity", ("error", "warning")),)


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


class Recipe(Base):
    """A named, versioned list of features and transforms, as matched to one dataset."""

    __tablename__ = "recipe"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    name: Mapped[str]
    version: Mapped[int]
    spec: Mapped[dict[str, Any]]
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
    seed: Mapped[int]
    as_of: Mapped[date]
    customers: Mapped[int]  # trained on
    dataset_state: Mapped[str]
    metrics: Mapped[dict[str, Any]]
    selection: Mapped[list[Any]]
    reality_check: Mapped[dict[str, Any] | None]
    stability: Mapped[dict[str, Any] | None]
    preparation: Mapped[list[Any]]  # per feature: missing, transform, clipped, weight
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


class SegmentIdentity(Base):
    """What stays of a segment across model versions: its address, name and colour."""

    __tablename__ = "segment_identity"
    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    slug: Mapped[str]  # never changes, so that links keep working
    name: Mapped[str]
    colour: Mapped[int]  # 1 to 10: --k-seg-1 ... --k-seg-10
    description: Mapped[str] = mapped_column(Text, default="")
    named_by: Mapped[str | None]  # None: the name follows the profile
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("dataset_id", "slug"),
        CheckConstraint("colour BETWEEN 1 AND 10", name="colour_of_the_palette"),
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


class Job(Base):
    """Slow work, its progress and its result."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"), index=True)
    queue: Mapped[str | None]  # slug, also of a dataset that an import will create: one job of a queue runs at a time
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(index=True)
    progress: Mapped[float] = mapped_column(default=0.0)  # share done, 0 to 1
    phase: Mapped[str] = mapped_column(default="")  # what it is doing, in words
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    worker: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_by: Mapped[str]
    __table_args__ = (
        _one_of("status", JOB_STATUSES),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress_is_a_share"),
        Index(
            "uq_job_running_in_queue", "queue", unique=True,
            sqlite_where=text("status = 'running'"), postgresql_where=text("status = 'running'"),
        ),
    )  # fmt: skip


class Worker(Base):
    """A worker process that was seen lately: how `/readyz` knows that work will be done."""

    __tablename__ = "worker"
    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class AuditEvent(Base):
    """Who did what and when. Holds no customer data: a forgotten customer is named by a keyed hash."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    dataset: Mapped[str | None]  # slug, not a key: outlives the dataset
    details: Mapped[dict[str, Any]]
