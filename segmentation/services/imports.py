"""Customer files on their way into the store."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.models import Attribute, Dataset, ImportBatch
from db.queries.datasets import attributes_of, dataset_by_slug
from db.queries.imports import batches_of, examples_of, file_format, problems_of
from db.session import Database
from segmentation import vocabulary
from segmentation.config import Settings
from segmentation.errors import BadFileError, Cancelled, ConflictError, NotFoundError
from segmentation.ingest import uploads
from segmentation.ingest.dialect import Dialect, Reading, detect
from segmentation.ingest.mapping import Plan, choose_key, plan, propose_key
from segmentation.ingest.opening import opened
from segmentation.ingest.secrets import looks_secret
from segmentation.ingest.staging import Staging, staged
from segmentation.ingest.transactions import plan_lines, validate_lines
from segmentation.ingest.typing import ColumnFacts, facts
from segmentation.ingest.uploads import UploadedFile
from segmentation.ingest.validation import Problem, validate, write_rejects
from segmentation.lookups import require_dataset
from segmentation.progress import Progress, no_progress, part
from segmentation.services.import_store import MovedOn, Received, new_batch, store
from segmentation.services.import_views import (
    BatchView,
    ColumnProposal,
    FileInspection,
    ImportOptions,
    ImportResult,
    ProblemGroup,
    group_problems,
)
from segmentation.services.transaction_store import store_lines
from segmentation.services.undoing import undo

__all__ = [
    "BatchView",
    "ColumnProposal",
    "FileInspection",
    "ImportOptions",
    "ImportResult",
    "ImportService",
    "ProblemGroup",
]

SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
ATTEMPTS = 5
UNPACKED = 4  # times KINDRED_MAX_UPLOAD_MB: the most that a packed file may become
EXAMPLES = 3
EXACT_ROWS = 100_000  # distinct values are counted exactly up to here, estimated beyond


class ImportService:
    """Reads files, reports what is wrong with them, and merges the rest; see the module."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def import_file(
        self,
        path: Path,
        dataset_slug: str,
        options: ImportOptions = ImportOptions(),  # noqa: B008 (frozen)
        by: str = "",
        progress: Progress = no_progress,
    ) -> ImportResult:
        """Import one file; the dataset is created when it is new.

        All or nothing: a failed or cancelled import leaves the customers as they were, and the batch of a dataset
        that existed before says why.

        Raises
        ------
        BadFileError
            The file, the key or the mapping cannot be used.
        ConfigurationError
            The disk has not room for the work.
        Cancelled
            `progress` said so.
        """
        options.check()
        _check_slug(dataset_slug)
        path = Path(path)
        progress(0.0, "reading the file")
        with self._opened(path, dataset_slug, options) as (plain, dialect):
            received = Received(dataset_slug, options.file_name or path.name, dialect, options, by)
            batch_id = None if options.dry_run else self._begin(received)
            try:
                with staged(plain, dialect, self._settings.staging, part(progress, 0.02, 0.4)) as staging:
                    return self._import(staging, received, batch_id, progress)
            except BaseException as error:
                if batch_id is not None:
                    self._give_up(batch_id, error)
                raise

    def history(self, slug: str) -> list[BatchView]:
        """The files received for a dataset, newest first."""
        with self._database.reading() as session:
            batches = batches_of(session, require_dataset(session, slug).id)
            return [BatchView.of(batch, batches) for batch in batches]

    def dataset_of(self, batch_id: int) -> str:
        """The slug of the dataset a batch belongs to; NotFoundError when there is no such batch."""
        with self._database.reading() as session:
            batch = session.get(ImportBatch, batch_id)
            if batch is None:
                raise NotFoundError(f"there is no import {batch_id}; see: kindred imports --dataset SLUG")
            return session.get_one(Dataset, batch.dataset_id).slug

    def undo(self, batch_id: int, by: str = "", progress: Progress = no_progress) -> dict[str, int]:
        """Take an import back, in one transaction: ``{"batch", "removed", "restored"}``.

        Rows it changed are as before, rows it created are gone, with their assignments. See `BatchView.why_not` for
        what stands in the way.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such batch, or it cannot be undone; the message says why.
        """
        progress(0.0, "undoing the import")
        with self._database.writing() as session:
            told = undo(session, batch_id, by)
        progress(1.0, "done")
        return told

    def problems(self, batch_id: int, limit: int = 100) -> list[Problem]:
        """The first problems of a batch, by row."""
        with self._database.reading() as session:
            return [
                Problem(each.row_number, each.column, each.value, each.expected, each.cause, each.severity)
                for each in problems_of(session, batch_id, limit)
            ]

    def inspect(
        self,
        path: Path,
        dataset_slug: str | None = None,
        options: ImportOptions = ImportOptions(),  # noqa: B008 (frozen)
    ) -> FileInspection:
        """What a file seems to be, read to its end; nothing is stored. Of `options` the reading and the sheet count."""
        with (
            self._opened(Path(path), dataset_slug, options) as (plain, dialect),
            staged(plain, dialect, self._settings.staging) as staging,
        ):
            counts = facts(staging)
            dataset, known = self._known(dataset_slug) if dataset_slug else (None, ())
            header = staging.dialect.header
            key = propose_key(header, counts, staging.rows)
            if dataset is not None and dataset.key_attribute in header:
                key = header.index(str(dataset.key_attribute))
            planned = plan(staging, counts, key, known, limited=False)
            checked = validate(staging, planned, counts, "update", datetime.now(UTC).year)
            return FileInspection(
                staging.dialect.as_json(),
                _proposals(staging, planned, counts, known),
                checked.rows,
                planned.key_header,
                checked.problems[:100],
            )

    def problem_groups(self, batch_id: int) -> list[ProblemGroup]:
        """The problems of a batch by cause: exact count, three examples, what to do; errors first, then by count."""
        with self._database.reading() as session:
            batch = session.get(ImportBatch, batch_id)
            if batch is None:
                raise NotFoundError(f"there is no import {batch_id}; see: kindred imports --dataset SLUG")
            return group_problems(
                batch.problem_counts,
                {
                    cause: [
                        Problem(each.row_number, each.column, each.value, each.expected, each.cause, each.severity)
                        for each in examples_of(session, batch_id, cause, EXAMPLES)
                    ]
                    for cause in batch.problem_counts
                },
            )

    def receive(self, name: str, chunks: Iterable[bytes]) -> UploadedFile:
        """Keep an uploaded file, written to disk as it comes; at most KINDRED_MAX_UPLOAD_MB."""
        return uploads.receive(self._settings.uploads, name, chunks, self._settings.max_upload_mb * 2**20)

    def uploaded(self, upload_id: str) -> UploadedFile:
        """The uploaded file with this id; NotFoundError when it expired."""
        return uploads.find(self._settings.uploads, upload_id)

    @contextmanager
    def _opened(self, path: Path, slug: str | None, options: ImportOptions) -> Iterator[tuple[Path, Dialect]]:
        """The file as text, and how it is written: as asked, else as remembered for these columns, else as guessed."""
        most = UNPACKED * self._settings.max_upload_mb * 2**20
        with opened(path, self._settings.staging, most, options.sheet) as found:
            guessed = detect(found.path, found.name)
            choices = options.reading if options.reading is not None else self._remembered(slug, guessed.signature)
            dialect = detect(found.path, found.name, Reading.of(choices)) if choices else guessed
            dialect = replace(dialect, guessed=guessed.signature, sheet=found.sheet, sheets=found.sheets)
            yield found.path, replace(dialect, sha256=found.sha256 or dialect.sha256)

    def _remembered(self, slug: str | None, signature: str) -> dict[str, Any] | None:
        with self._database.reading() as session:
            dataset = dataset_by_slug(session, slug) if slug else None
            known = file_format(session, dataset.id, signature) if dataset else None
            return known.choices if known else None

    def _import(self, staging: Staging, received: Received, batch_id: int | None, progress: Progress) -> ImportResult:
        options = received.options
        counts = facts(staging)
        if options.kind == "transactions":
            return self._import_lines(staging, received, batch_id, counts, progress)
        for _attempt in range(ATTEMPTS):
            progress(0.45, "checking every value")
            dataset, known = self._known(received.slug)
            key = choose_key(
                staging.dialect.header, counts, staging.rows, options.key,
                dataset.key_attribute if dataset else None, new=dataset is None,
            )  # fmt: skip
            planned = plan(staging, counts, key, known, options.mapping)
            checked = validate(staging, planned, counts, options.on_duplicate, datetime.now(UTC).year)
            try:
                result = store(
                    self._database, self._settings, received, batch_id, staging, planned, checked, known,
                    part(progress, 0.5, 1.0),
                )  # fmt: skip
            except MovedOn:
                continue
            if options.rejects is not None:
                write_rejects(Path(options.rejects), staging)
            progress(1.0, "done")
            return result
        raise ConflictError(f"other imports into {received.slug!r} keep changing its attributes; try again")

    def _import_lines(
        self,
        staging: Staging,
        received: Received,
        batch_id: int | None,
        counts: Sequence[ColumnFacts],
        progress: Progress,
    ) -> ImportResult:
        progress(0.45, "checking every value")
        planned = plan_lines(staging, counts, received.options.key, received.options.mapping)
        checked = validate_lines(staging, planned)
        result = store_lines(
            self._database, self._settings, received, batch_id, staging, planned, checked, part(progress, 0.5, 1.0)
        )
        if received.options.rejects is not None:
            write_rejects(Path(received.options.rejects), staging)
        progress(1.0, "done")
        return result

    def _known(self, slug: str) -> tuple[Dataset | None, Sequence[Attribute]]:
        with self._database.reading() as session:
            dataset = dataset_by_slug(session, slug)
            return dataset, attributes_of(session, dataset.id) if dataset else ()

    def _begin(self, received: Received) -> int | None:
        """Record the batch of a dataset that exists; that of a new one is recorded with its first customers."""
        with self._database.writing() as session:
            dataset = dataset_by_slug(session, received.slug)
            return new_batch(session, dataset.id, received).id if dataset else None

    def _give_up(self, batch_id: int, error: BaseException) -> None:
        stopped = isinstance(error, Cancelled | KeyboardInterrupt)
        with self._database.writing() as session:
            batch = session.get(ImportBatch, batch_id)
            if batch is not None:
                batch.status = "cancelled" if stopped else "failed"
                batch.error = str(error) or ("cancelled" if stopped else type(error).__name__)
                batch.finished_at = datetime.now(UTC)


def _check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise BadFileError(
            f"{slug!r} cannot name a dataset; use 1 to 40 small letters, digits and _, beginning with a letter"
        )


def _proposals(
    staging: Staging, planned: Plan, counts: Sequence[ColumnFacts], known: Sequence[Attribute]
) -> list[ColumnProposal]:
    """One per column of the file, in its order."""
    stored = {attribute.name: attribute for attribute in known}
    by_place = {column.place: column for column in planned.columns}
    proposals = []
    for place, header in enumerate(staging.dialect.header):
        column = by_place.get(place)
        source = stored.get(column.name, column) if column else None
        name, label, kind, role = (
            (source.name, source.label, source.kind, source.role)
            if source
            else ("customer_key", "Customer key", "text", "id")
            if place == planned.key
            else ("", "Left out", "text", "other")
        )
        cells = staging.rows_of(f"SELECT DISTINCT c{place} FROM (FROM staged LIMIT 1000) WHERE c{place} IS NOT NULL")
        distinct = counts[place].distinct
        if staging.rows <= EXACT_ROWS or distinct >= 0.9 * staging.rows:
            distinct = staging.rows_of(f"SELECT count(DISTINCT c{place}) FROM staged")[0][0]
        samples = sorted(cell for (cell,) in cells)[:5]
        missing = staging.rows - counts[place].filled
        entry = vocabulary.match(header)
        known_by = (1.0 if header == source.source_header else 0.9) if isinstance(source, Attribute) else None
        confidence = known_by or (0.9 if entry else 0.5)
        proposals.append(
            ColumnProposal(
                header, name, label, kind, role, samples, missing, distinct, confidence=confidence,
                unit=source.unit if source else None, sensitive=bool(source.sensitive) if source else False,
                secret=looks_secret(header, samples), new=bool(column and column.new),
            )
        )  # fmt: skip
    return proposals
