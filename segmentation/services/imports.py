"""Customer files on their way into the store."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from db.models import Dataset, ImportBatch
from db.queries.datasets import dataset_by_slug
from db.queries.imports import batches_of, committed_with, examples_of, newest_of_each, problems_of
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import BadFileError, Cancelled, NotFoundError
from segmentation.ingest import uploads
from segmentation.ingest.asking import Ask
from segmentation.ingest.grouping import EXAMPLES, ProblemGroup, group_problems
from segmentation.ingest.homes import Came, Home, home_of
from segmentation.ingest.problems import Problem
from segmentation.ingest.staging import staged
from segmentation.ingest.uploads import UploadedFile
from segmentation.lookups import require_dataset
from segmentation.progress import Progress, no_progress, part
from segmentation.services.import_inspection import ColumnProposal, FileInspection
from segmentation.services.import_preview import ImportPreview
from segmentation.services.import_run import check_rejects, opened_for, run
from segmentation.services.import_store import Received, new_batch
from segmentation.services.import_views import BatchView, ImportOptions, ImportResult, SameFile
from segmentation.services.inspections import answer_name, inspect_upload, inspecting, is_quick, kept
from segmentation.services.undoing import undo
from segmentation.unlocks import Unlock

__all__ = [
    "Ask",
    "BatchView",
    "ColumnProposal",
    "FileInspection",
    "ImportOptions",
    "ImportPreview",
    "ImportResult",
    "ImportService",
    "ProblemGroup",
    "SameFile",
    "Unlock",
]

SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")


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
        upload: str | None = None,
    ) -> ImportResult:
        """Import one file; the dataset is created when it is new.

        All or nothing: a failed or cancelled import leaves the customers as they were, and the batch of a dataset
        that existed before says why. What a dry run finds is kept beside the `upload`, see `preview`.

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
        check_rejects(options, path)
        keep = upload if upload and options.dry_run else None
        if keep:
            uploads.drop_preview(self._settings.uploads, self.uploaded(keep).id)
        progress(0.0, "reading the file")
        with opened_for(self._database, self._settings, path, dataset_slug, options) as (plain, dialect):
            received = Received(dataset_slug, options.file_name or path.name, dialect, options, by)
            batch_id = None if options.dry_run else self._begin(received)
            try:
                with staged(plain, dialect, self._settings.staging, part(progress, 0.02, 0.4)) as staging:
                    result = run(self._database, self._settings, staging, received, batch_id, progress)
            except BaseException as error:
                if batch_id is not None:
                    self._give_up(batch_id, error)
                raise
        if keep and result.preview:
            uploads.keep_found(self._settings.uploads, keep, uploads.PREVIEW, result.preview.as_json())
        progress(1.0, "done")
        return result

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
            told = undo(session, self._settings, batch_id, by)
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
        """What a file seems to be, read to its end; nothing is stored.

        Of `options` the reading, the sheet and the kind count.
        """
        with inspecting(self._database, self._settings, Path(path), dataset_slug, options) as (_, look):
            return look(dataset_slug, options.kind, no_progress)

    def inspect_upload(
        self,
        upload_id: str,
        dataset_slug: str | None = None,
        options: ImportOptions = ImportOptions(),  # noqa: B008 (frozen)
        likely: str | None = None,
        progress: Progress = no_progress,
    ) -> None:
        """`inspect` for an uploaded file of any size; see `inspected` for the answer, also when it is a refusal.

        A file that was only just received is looked into for the dataset and the kind it belongs to as well, while it
        is at hand: those of earlier files with its columns, else the dataset `likely`.
        """
        path = self.uploaded(upload_id).path
        inspect_upload(
            self._database, self._settings, upload_id, path, dataset_slug, options, likely, self.home_of, progress
        )

    def inspected(
        self,
        upload_id: str,
        dataset_slug: str | None = None,
        options: ImportOptions = ImportOptions(),  # noqa: B008 (frozen)
    ) -> FileInspection | None:
        """What `inspect_upload` found; None: nobody looked yet, or it was forgotten with a customer.

        Raises
        ------
        BadFileError
            The file cannot be read like that.
        """
        return kept(self._settings, upload_id, answer_name(self._database, dataset_slug, options))

    def is_quick(self, upload_id: str) -> bool:
        """Is an uploaded file looked into in about a second, so that nobody need wait for a worker?"""
        return is_quick(self.uploaded(upload_id).path)

    def preview(self, upload_id: str) -> ImportPreview | None:
        """What the last dry run of an uploaded file found; None when there was none, or the upload expired."""
        told = uploads.read_found(self._settings.uploads, upload_id, uploads.PREVIEW)
        return ImportPreview.of(told) if told else None

    def same_file(self, sha256: str) -> list[SameFile]:
        """Where and when a file with this content was imported and still counts, newest first; [] when it is new."""
        with self._database.reading() as session:
            found = committed_with(session, sha256)
            return [
                SameFile(each.slug, each.name, BatchView.of(batch, batches_of(session, each.id)))
                for batch, each in found
            ]

    def home_of(self, header: Sequence[str], kind: str) -> Home | None:
        """The dataset a file with these columns belongs to, by the files that came in before; None: a new one."""
        with self._database.reading() as session:
            came = [Came(dataset.slug, dataset.name, batch.mapping) for batch, dataset in newest_of_each(session, kind)]
        return home_of(header, came)

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

    def rejects(self, batch_id: int) -> Path | None:
        """The rejected rows of a batch, to be put right and imported; None: there are none, or they expired."""
        path = uploads.rejects_file(self._settings, batch_id)
        return path if path.exists() else None

    def receive(self, name: str, chunks: Iterable[bytes]) -> UploadedFile:
        """Keep an uploaded file, written to disk as it comes; at most KINDRED_MAX_UPLOAD_MB."""
        return uploads.receive(self._settings.uploads, name, chunks, self._settings.max_upload_mb * 2**20)

    def uploaded(self, upload_id: str) -> UploadedFile:
        """The uploaded file with this id; NotFoundError when it expired."""
        return uploads.find(self._settings.uploads, upload_id)

    def _begin(self, received: Received) -> int | None:
        """Record the batch of a dataset that exists; that of a new one is recorded with its first customers."""
        with self._database.writing() as session:
            dataset = dataset_by_slug(session, received.slug)
            return new_batch(session, dataset.id, received).id if dataset else None

    def _give_up(self, batch_id: int, error: BaseException) -> None:
        stopped = isinstance(error, Cancelled | KeyboardInterrupt)
        with self._database.writing() as session:
            batch = session.get(ImportBatch, batch_id)
            if batch is not None and batch.status == "running":  # committed, it stays so whatever went wrong afterwards
                batch.status = "cancelled" if stopped else "failed"
                batch.error = str(error) or ("cancelled" if stopped else type(error).__name__)
                batch.finished_at = datetime.now(UTC)


def _check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise BadFileError(
            f"{slug!r} cannot name a dataset; use 1 to 40 small letters, digits and _, beginning with a letter"
        )
