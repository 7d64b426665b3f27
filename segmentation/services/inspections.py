"""Looking into a file before anything is stored; part of `segmentation.services.imports`.

A small file is looked into at once. A large one is looked into by a job, and what it found is kept beside the upload.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.session import Database
from segmentation.config import Settings
from segmentation.errors import BadFileError
from segmentation.ingest import uploads
from segmentation.ingest.homes import Home
from segmentation.ingest.keys import find_place, propose_key
from segmentation.ingest.mapping import plan
from segmentation.ingest.opening import is_packed
from segmentation.ingest.staging import Staging, staged
from segmentation.ingest.typing import ColumnFacts, facts
from segmentation.ingest.uploads import INSPECTION
from segmentation.ingest.validation import validate
from segmentation.progress import Progress, no_progress, part
from segmentation.services.import_inspection import FileInspection, inspection, line_inspection
from segmentation.services.import_run import exported_places, known_of, opened_for, remembered
from segmentation.services.import_views import ImportOptions

QUICK_BYTES = 2 * 2**20
PACKED = 8  # times its size: what a packed file becomes, about
QUICK_LINE = 1 << 12  # bytes of a line; longer: hundreds of columns, each with questions of its own
HEAD = 1 << 16

Look = Callable[[str | None, str, Progress], FileInspection]


def is_quick(path: Path) -> bool:
    """Is the file so small that it is looked into in about a second?"""
    with path.open("rb") as file:
        head = file.read(HEAD)
    packed = is_packed(head)
    longest = 0 if packed else max(map(len, re.split(rb"[\r\n]+", head)))
    return path.stat().st_size * (PACKED if packed else 1) <= QUICK_BYTES and longest <= QUICK_LINE


@contextmanager
def inspecting(
    database: Database,
    settings: Settings,
    path: Path,
    slug: str | None,
    options: ImportOptions,
    progress: Progress = no_progress,
) -> Iterator[tuple[Staging, Look]]:
    """The file read to its end once, and what says what it seems to be for a dataset and a kind."""
    progress(0.0, "how it is written")
    with (
        opened_for(database, settings, path, slug, options) as (plain, dialect),
        staged(plain, dialect, settings.staging, part(progress, 0.15, 0.8)) as staging,
    ):
        progress(0.8, "counting in every column")
        counts = facts(staging)
        yield staging, lambda slug, kind, progress: _look(database, staging, counts, slug, kind, progress)


def _look(
    database: Database, staging: Staging, counts: list[ColumnFacts], slug: str | None, kind: str, progress: Progress
) -> FileInspection:
    progress(0.0, "recognising the columns")
    if kind == "transactions":
        return line_inspection(staging, counts, datetime.now(UTC).year)
    dataset, known = known_of(database, slug) if slug else (None, ())
    header = staging.dialect.header
    key = propose_key(header, counts, staging.rows)
    if dataset is not None and dataset.key_attribute is not None:
        stands = find_place(header, dataset.key_attribute, alike=True)
        key = key if stands is None else stands
    added = exported_places(database, staging, known)
    this_year = datetime.now(UTC).year
    planned = plan(
        staging, counts, key, known, leave_out=added, limited=False, this_year=this_year,
        progress=part(progress, 0.0, 0.5),
    )  # fmt: skip
    progress(0.5, "checking every value")
    checked = validate(staging, planned, counts, "update", this_year)
    progress(0.75, "counting different values")
    return inspection(staging, planned, checked, counts, known)


def inspect_upload(
    database: Database,
    settings: Settings,
    upload: str,
    path: Path,
    slug: str | None,
    options: ImportOptions,
    likely: str | None,
    home_of: Callable[[Sequence[str], str], Home | None],
    progress: Progress,
) -> None:
    """See `ImportService.inspect_upload`."""
    name = answer_name(database, slug, options)
    if uploads.read_found(settings.uploads, upload, name) is not None:
        return
    begins = slug is None and options == ImportOptions()
    try:
        with inspecting(database, settings, path, slug, options, part(progress, 0.0, 0.5)) as (staging, look):
            found = look(slug, options.kind, part(progress, 0.5, 0.8 if begins else 1.0))
            _keep(settings, upload, name, slug, {"found": found.as_json()})
            home = home_of(staging.dialect.header, found.kind) if begins else None
            target = home.slug if home else likely
            if (
                begins
                and (target, found.kind) != (None, "customers")
                and not remembered(database, target, staging.dialect)
            ):
                other = look(target, found.kind, part(progress, 0.8, 1.0))
                name = answer_name(database, target, replace(options, kind=found.kind))
                _keep(settings, upload, name, target, {"found": other.as_json()})
    except BadFileError as error:
        _keep(settings, upload, name, slug, {"refused": str(error)})
    progress(1.0, "done")


def answer_name(database: Database, slug: str | None, options: ImportOptions) -> str:
    """Names what is found: the choices, and the attributes the file is compared with."""
    _, known = known_of(database, slug) if slug else (None, ())
    parts = ("name", "label", "kind", "role", "unit", "sensitive", "source_header")
    compared = [[str(getattr(each, part)) for part in parts] for each in known]
    asked = json.dumps([options.kind, options.sheet, options.reading, slug, compared], sort_keys=True)
    return f"-{hashlib.sha256(asked.encode()).hexdigest()[:16]}{INSPECTION}"


def _keep(settings: Settings, upload: str, name: str, slug: str | None, told: dict[str, Any]) -> None:
    uploads.keep_found(settings.uploads, upload, name, {"dataset": slug, **told})


def kept(settings: Settings, upload: str, name: str) -> FileInspection | None:
    """The answer that was kept; BadFileError where it is a refusal, None: there is none yet."""
    told = uploads.read_found(settings.uploads, upload, name)
    if told is None:
        return None
    if "refused" in told:
        raise BadFileError(told["refused"])
    return FileInspection.of(told["found"])
