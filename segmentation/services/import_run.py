"""One import from the staged file to the store; part of `segmentation.services.imports`."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db import transactions
from db.models import Attribute, Dataset
from db.queries.datasets import attributes_of, dataset_by_slug
from db.queries.exports import segment_names
from db.queries.imports import batches_of, file_format, first_made_of
from db.session import Database
from segmentation.config import Settings
from segmentation.errors import BadFileError, ConfigurationError, ConflictError
from segmentation.ingest import exported
from segmentation.ingest.currency import currency_of, currency_remarks
from segmentation.ingest.dialect import Dialect, detect
from segmentation.ingest.keys import choose_key, place_of
from segmentation.ingest.line_checks import validate_lines
from segmentation.ingest.mapping import known_as, plan
from segmentation.ingest.opening import opened
from segmentation.ingest.problems import Checked
from segmentation.ingest.read_as import read_as
from segmentation.ingest.reading import Reading
from segmentation.ingest.rejected import came_from, remarks
from segmentation.ingest.rejects import write_rejects
from segmentation.ingest.secrets import secret_remarks
from segmentation.ingest.staging import Staging
from segmentation.ingest.transactions import plan_lines
from segmentation.ingest.typing import ColumnFacts, facts
from segmentation.ingest.uploads import rejects_file
from segmentation.ingest.validation import validate
from segmentation.progress import Progress, part
from segmentation.services.import_store import MovedOn, Received, is_empty, store
from segmentation.services.import_views import READ, ImportOptions, ImportResult
from segmentation.services.transaction_store import store_lines

ATTEMPTS = 5
OF_TEXT = ("encoding", "delimiter", "quote")  # choices that only a text file leaves
OF_LAYOUT = (*OF_TEXT, "header_row", "second_header")  # a file of rejected rows is written one way whatever it is of
UNPACKED = 4  # times KINDRED_MAX_UPLOAD_MB: the most that a packed file may become


@contextmanager
def opened_for(
    database: Database, settings: Settings, path: Path, slug: str | None, options: ImportOptions
) -> Iterator[tuple[Path, Dialect]]:
    """The file as text, and how it is written: as asked, else as remembered for these columns, else as guessed."""
    most = UNPACKED * settings.max_upload_mb * 2**20
    with opened(path, settings.staging, most, options.sheet) as found:
        guessed = detect(found.path, found.name)
        rejected_from = came_from(found.path, guessed.encoding) if remarks(guessed.header) else ""
        choices = options.reading if options.reading is not None else remembered(database, slug, guessed)
        before, orders = _read_before(database, slug, rejected_from)
        choices = _both(before, choices or {})
        if choices and found.sheets:  # of a workbook the cells are known
            choices = {name: value for name, value in choices.items() if name not in OF_TEXT}
        dialect = detect(found.path, found.name, Reading.of(choices)) if choices else guessed
        dialect = replace(
            dialect, guessed=guessed.signature, sheet=found.sheet, sheets=found.sheets, rejected_from=rejected_from,
            orders={} if options.reading == {} else orders,
            empty_formulas=found.empty_formulas, first_formula=found.first_formula,
            remembered=bool(choices) and options.reading is None,
        )  # fmt: skip
        yield found.path, replace(dialect, sha256=found.sha256 or dialect.sha256)


def remembered(database: Database, slug: str | None, guessed: Dialect) -> dict[str, Any] | None:
    """What was chosen for files with these columns."""
    with database.reading() as session:
        dataset = dataset_by_slug(session, slug) if slug else None
        known = file_format(session, dataset.id, guessed.signature) if dataset else None
        return known.choices if known else None


def _read_before(database: Database, slug: str | None, rejected_from: str) -> tuple[dict[str, Any], dict[str, str]]:
    """How the file was read that rejected rows are of, and which order of day and month each column had before."""
    with database.reading() as session:
        dataset = dataset_by_slug(session, slug) if slug else None
        if dataset is None:
            return {}, {}
        orders: dict[str, str] = {}
        for batch in reversed(batches_of(session, dataset.id)):
            if batch.status == "committed":
                orders |= (batch.facts or {}).get(READ, {}).get("dates", {})
        source = first_made_of(session, dataset.id, rejected_from) if rejected_from else None
        if source is None:
            return {}, orders
        chosen = {name: value for name, value in source.dialect.get("choices", {}).items() if name not in OF_LAYOUT}
        return _both((source.facts or {}).get(READ, {}), chosen), orders


def _both(before: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen, and before it what is known; of dates column by column."""
    dates = {**before.get("dates", {}), **chosen.get("dates", {})}
    return {**before, **chosen} | ({"dates": dates} if dates else {})


def known_of(database: Database, slug: str) -> tuple[Dataset | None, Sequence[Attribute]]:
    """The dataset, None when it is new, and its attributes."""
    with database.reading() as session:
        dataset = dataset_by_slug(session, slug)
        return dataset, attributes_of(session, dataset.id) if dataset else ()


def exported_places(database: Database, staging: Staging, known: Sequence[Attribute]) -> tuple[int, ...]:
    """Columns that an export or a file of rejected rows added: no attributes.

    Those of an export, for a new dataset, only where they name segments of this store.
    """
    header = staging.dialect.header
    reasons = remarks(header)
    places = exported.places([name for place, name in enumerate(header) if place not in reasons])
    if not places or any(known_as(header[place], known) for place in places):
        return reasons
    if known:
        return (*places, *reasons)
    with database.reading() as session:
        ours = exported.names_only(staging, places, segment_names(session))
    return (*places, *reasons) if ours else reasons


def run(
    database: Database,
    settings: Settings,
    staging: Staging,
    received: Received,
    batch_id: int | None,
    progress: Progress,
) -> ImportResult:
    """Type, check and store a staged file; planned again when another import changed the dataset meanwhile."""
    options = received.options
    if options.reading:
        for name in staging.dialect.choices.dates:
            place_of(staging.dialect.header, name, "a column of dates")
    progress(0.4, "counting in every column")
    counts = facts(staging)
    if options.kind == "transactions":
        return _run_lines(database, settings, staging, received, batch_id, counts, progress)
    for _attempt in range(ATTEMPTS):
        dataset, known = known_of(database, received.slug)
        key = choose_key(
            staging.dialect.header, counts, staging.rows, options.key,
            dataset.key_attribute if dataset else None, new=_takes_key(database, dataset, options.key),
        )  # fmt: skip
        if key is None and options.absent == "mark":
            raise BadFileError(
                "the rows are only numbered, so nobody can be said to be absent; leave out --absent mark"
            )
        added = exported_places(database, staging, known)
        planned = plan(
            staging, counts, key, known, options.mapping, leave_out=added, this_year=datetime.now(UTC).year,
            progress=part(progress, 0.42, 0.47),
        )  # fmt: skip
        progress(0.47, "checking every value")
        checked = validate(staging, planned, counts, options.on_duplicate, datetime.now(UTC).year)
        secret_remarks(staging, [column.place for column in planned.columns], checked)
        types = [(column.place, column.type) for column in planned.columns]
        read = read_as(staging, types, numbers=checked.rejected > 0)
        received = replace(received, currency=currency_of(staging, types), read=read)
        currency_remarks(staging, types, options.currency or (dataset.currency if dataset else None), checked)
        try:
            with _rejects(settings, staging, checked) as rejects, _asked_rejects(options, staging):
                result = store(
                    database, settings, received, batch_id, staging, planned, checked, known, part(progress, 0.5, 1.0)
                )
                _keep_rejects(settings, rejects, result)
        except MovedOn:
            continue
        return result
    raise ConflictError(f"other imports into {received.slug!r} keep changing its attributes; try again")


def _takes_key(database: Database, dataset: Dataset | None, asked: str | None) -> bool:
    """Is the key free: of a new dataset, or of one that an undo emptied where another is asked or none was?"""
    if dataset is None:
        return True
    if asked is None and dataset.key_attribute is not None:
        return False
    with database.reading() as session:
        return is_empty(session, dataset)


def _run_lines(
    database: Database,
    settings: Settings,
    staging: Staging,
    received: Received,
    batch_id: int | None,
    counts: Sequence[ColumnFacts],
    progress: Progress,
) -> ImportResult:
    def stored_digits() -> bool:
        with database.reading() as session:
            return sum(transactions.invoice_balance(session.connection(), received.slug).values()) > 0

    for _attempt in range(ATTEMPTS):
        progress(0.45, "checking every value")
        planned = plan_lines(
            staging, counts, received.options.key, received.options.mapping, stored_digits,
            this_year=datetime.now(UTC).year,
        )  # fmt: skip
        checked = validate_lines(staging, planned, datetime.now(UTC).date())
        money = [(planned.places[each], planned.types[each]) for each in ("amount", "price") if each in planned.places]
        types = [(place, planned.types[each]) for each, place in planned.places.items()]
        read = read_as(staging, types, numbers=checked.rejected > 0)
        received = replace(received, currency=currency_of(staging, money), read=read)
        dataset, _ = known_of(database, received.slug)
        asked = received.options.currency
        currency_remarks(staging, money, asked or (dataset.currency if dataset else None), checked)
        try:
            with _rejects(settings, staging, checked) as rejects, _asked_rejects(received.options, staging):
                result = store_lines(
                    database, settings, received, batch_id, staging, planned, checked, part(progress, 0.5, 1.0)
                )
                _keep_rejects(settings, rejects, result)
        except MovedOn:
            continue
        return result
    raise ConflictError(f"other imports into {received.slug!r} keep changing its invoices; try again")


@contextmanager
def _rejects(settings: Settings, staging: Staging, checked: Checked) -> Iterator[Path | None]:
    """The rejected rows in a file, written before anything is stored: a full disk must not lose them afterwards."""
    if not checked.rejected:
        yield None
        return
    path = settings.staging / f"{uuid.uuid4().hex}.rejects"
    try:
        write_rejects(path, staging)
        yield path
    finally:
        path.unlink(missing_ok=True)


def check_rejects(options: ImportOptions, source: Path) -> None:
    """Refuse to replace a file with the rejected rows, first of all the one that is read.

    Raises
    ------
    BadFileError
        There is a file of this name.
    ConfigurationError
        It is a folder.
    """
    if options.rejects is None:
        return
    path = Path(options.rejects)
    if path.is_dir():
        raise ConfigurationError(f"the rejected rows cannot be written to {path}: it is a folder; name a file")
    if path.exists() and source.exists() and path.samefile(source):
        raise BadFileError(f"{path} is the file that is read; name another for the rejected rows")
    if path.exists():
        raise BadFileError(f"{path} is there already; name another file for the rejected rows, or remove it")


@contextmanager
def _asked_rejects(options: ImportOptions, staging: Staging) -> Iterator[None]:
    """The file of rejected rows that was asked for: written before anything is stored, in its place afterwards."""
    if options.rejects is None:
        yield
        return
    path = Path(options.rejects)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        write_rejects(unfinished, staging, path)
        yield
        unfinished.replace(path)
    finally:
        if unfinished.exists():
            unfinished.unlink()


def _keep_rejects(settings: Settings, path: Path | None, result: ImportResult) -> None:
    """Keep the rejected rows of a batch for as long as its file is kept."""
    if path is not None and result.batch is not None:
        settings.uploads.mkdir(parents=True, exist_ok=True)
        path.replace(rejects_file(settings, result.batch))
