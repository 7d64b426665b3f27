"""Customers on their way out: a CSV file that spreadsheets open safely and `import` takes back unchanged."""

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from db.customers import read_batches
from db.models import Attribute, Dataset
from db.queries.datasets import attributes_of
from db.queries.exports import assignments_of, newest_run, segments_of_run
from db.session import Database
from segmentation.config import Settings
from segmentation.consent import agrees
from segmentation.csv_safety import escaped
from segmentation.errors import ConfigurationError, NotFoundError
from segmentation.holdout import HOLDOUT, Holdout
from segmentation.ingest.exported import OWN, SPLIT, own_headers
from segmentation.ingest.keys import KEY_HEADER
from segmentation.ingest.mapping import known_as
from segmentation.lookups import near, require_dataset
from segmentation.space import require_space

REFUSED = 3  # values that are no consent, shown where nobody agrees
BYTES_PER_CELL = 16  # a generous guess, for the look at the free space


@dataclass(frozen=True)
class ExportResult:
    """What was written. ``without_consent``: left out because a consent attribute does not say yes. ``holdout``: of the
    customers written, how many are held out; None where no split was asked for.

    ``note`` says why nobody was written where that is the reason; else it is empty.
    """

    dataset: str
    segment: str | None
    file: str
    customers: int
    without_consent: int
    columns: list[str]
    note: str = ""
    holdout: int | None = None

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class _Assigned:
    """Segment, its slug and the confidence, as written."""

    segment_id: int
    cells: tuple[str, str, str]


class ExportService:
    """See the module."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def export(
        self,
        slug: str,
        out: Path,
        segment: str | None = None,
        *,
        only: Collection[int] | None = None,
        columns: Collection[str] | None = None,
        holdout: Holdout | None = None,
    ) -> ExportResult:
        """Write the customers of a dataset, or of one segment, with their segment where one is assigned.

        `only` are the ids of the customers wanted, `columns` the attributes; without them everyone and everything.
        With `holdout` a last column ``holdout_group`` says who is treated and who is held out.

        Columns: the key under its own header, the attributes under theirs, then ``segment``, ``segment_slug`` and
        ``confidence`` (each with ``kindred_`` in front where the dataset has one of them itself), which an import
        leaves out again. Numbers are written so that they read back equal, dates as
        ISO, flags as yes and no, a missing value as an empty cell; text that a spreadsheet would run as a formula
        gets a ``'`` in front, which an import takes off. The file appears complete or not at all.

        Raises
        ------
        NotFoundError
            No such dataset, segment or attribute.
        ConfigurationError
            The file cannot be written, or the disk has not room for it.
        """
        out = Path(out)
        unfinished = out.with_name(f".{out.name}.unfinished")
        # two sessions: while PostgreSQL copies the customers out, their connection answers nothing else
        with self._database.reading() as session, self._database.reading() as lookups:
            dataset = require_dataset(session, slug)
            attributes = attributes_of(session, dataset.id)
            named, wanted = _segments(session, dataset, segment)
            among = None if only is None else pa.array(sorted(only), pa.int64())
            try:
                needed = (dataset.customers if among is None else len(among)) * (len(attributes) + 4) * BYTES_PER_CELL
                require_space(out.parent, needed, f"write {out.name}")
                with unfinished.open("w", encoding="utf-8", newline="") as file:
                    result = _write(
                        file,
                        session,
                        lookups,
                        dataset,
                        attributes,
                        named,
                        wanted,
                        segment,
                        out,
                        among,
                        columns,
                        holdout,
                    )
                unfinished.replace(out)
            except OSError as error:
                raise ConfigurationError(f"{out} cannot be written: {error.strerror}") from None
            finally:
                unfinished.unlink(missing_ok=True)
        return result


def _segments(session: Session, dataset: Dataset, wanted: str | None) -> tuple[dict[int, tuple[str, str]], int | None]:
    """Name and slug by segment id in the newest run of the champion, and the id of the wanted one."""
    run = newest_run(session, dataset.id)
    named = segments_of_run(session, run) if run is not None else {}
    if wanted is None:
        return named, None
    for segment_id, (_name, slug) in named.items():
        if slug == wanted:
            return named, segment_id
    known = ", ".join(sorted(slug for _name, slug in named.values()))
    what = f"its segments: {known}" if known else f"train a model first: kindred train --dataset {dataset.slug}"
    raise NotFoundError(f"dataset {dataset.slug!r} has no segment {wanted!r}; {what}")


def _write(
    file: Any,
    session: Session,
    lookups: Session,
    dataset: Dataset,
    attributes: Sequence[Attribute],
    named: dict[int, tuple[str, str]],
    wanted: int | None,
    segment: str | None,
    out: Path,
    among: pa.Array | None,
    chosen: Collection[str] | None,
    holdout: Holdout | None,
) -> ExportResult:
    shown = _chosen(dataset, attributes, chosen)
    header = [dataset.key_attribute or KEY_HEADER, *(_header(attribute, attributes) for attribute in shown)]
    own = [*OWN] * bool(named) + [*SPLIT] * bool(holdout)
    header += own_headers(header, own)
    writer = csv.writer(file)
    writer.writerow([escaped(name) for name in header])
    consents = [attribute.name for attribute in attributes if attribute.role == "consent"]
    run = newest_run(lookups, dataset.id)
    written = without_consent = held_out = 0
    refused: dict[Any, None] = {}
    for batch in read_batches(session.connection(), dataset.slug, attributes):
        if among is not None:
            batch = batch.filter(pc.is_in(batch.column("customer_id"), among))
        if not len(batch):
            continue
        assigned = _assigned(lookups, run, batch, named) if run is not None else {}
        willing = [batch.column(name).to_pylist() for name in consents]
        columns = [_cells(batch.column("customer_key"), "text")]
        columns += [_cells(batch.column(attribute.name), attribute.kind) for attribute in shown]
        identities = batch.column("customer_id").to_pylist()
        keys = batch.column("customer_key").to_pylist() if holdout else []
        for place, row in enumerate(zip(*columns, strict=True)):
            mine = assigned.get(identities[place])
            if wanted is not None and (mine is None or mine.segment_id != wanted):
                continue
            if not all(agrees(column[place]) for column in willing):
                without_consent += 1
                if written == 0 and len(refused) < REFUSED:
                    refused |= {column[place]: None for column in willing if not agrees(column[place])}
                continue
            told = [*(mine.cells if mine else ("", "", ""))] if named else []
            if holdout:
                told.append(holdout.side(keys[place]))
                held_out += told[-1] == HOLDOUT
            writer.writerow([*row, *told])
            written += 1
    note = "" if written or not without_consent else _nobody(attributes, refused)
    held = held_out if holdout else None
    return ExportResult(dataset.slug, segment, str(out), written, without_consent, header, note, held)


def _chosen(dataset: Dataset, attributes: Sequence[Attribute], chosen: Collection[str] | None) -> Sequence[Attribute]:
    """The attributes of these names, in the order of the dataset; NotFoundError for a name that is none."""
    known = [attribute.name for attribute in attributes]
    for name in chosen or ():
        if name not in known:
            close = near(name, known, limit=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has: {', '.join(known)}"
            raise NotFoundError(f"dataset {dataset.slug!r} has no attribute {name!r}; {hint}")
    return [attribute for attribute in attributes if chosen is None or attribute.name in chosen]


def _nobody(attributes: Sequence[Attribute], refused: Collection[Any]) -> str:
    """Why everyone was left out."""
    asked = " and ".join(repr(each.label) for each in attributes if each.role == "consent")
    values = ["nothing" if value is None else repr(value[:40]) if isinstance(value, str) else "no" for value in refused]
    return (
        f"nobody is written: no customer agrees in {asked}, which says {', '.join(values[:REFUSED])}; "
        "consent is a word like yes, ja, opt-in, true or 1"
    )


def _header(attribute: Attribute, attributes: Sequence[Attribute]) -> str:
    """Its own, unless an import would take that for another attribute."""
    own = str(attribute.source_header)
    meant = known_as(own, attributes)
    return own if meant is not None and meant.name == attribute.name else str(attribute.name)


def _assigned(
    session: Session, run: int, batch: pa.RecordBatch, named: dict[int, tuple[str, str]]
) -> dict[int, _Assigned]:
    """By customer id, for the customers of a batch."""
    identities = batch.column("customer_id")
    rows = assignments_of(session, run, identities[0].as_py(), identities[-1].as_py())
    written = {segment: tuple(map(escaped, names)) for segment, names in named.items()}
    return {
        customer: _Assigned(segment, (*written[segment], repr(confidence)))  # type: ignore[arg-type]
        for customer, segment, confidence in rows
    }


def _cells(column: pa.Array, kind: str) -> Iterator[str]:
    for value in column.to_pylist():
        yield "" if value is None else _cell(value, kind)


def _cell(value: Any, kind: str) -> str:
    """One value as text.

    >>> _cell(5.0, "number"), _cell(0.1, "number"), _cell(1e22, "number"), _cell(-3.0, "number")
    ('5', '0.1', '1e+22', '-3')
    >>> _cell(1.0, "flag"), _cell(datetime(2024, 1, 31), "date"), _cell("=A1", "text")
    ('yes', '2024-01-31', "'=A1")
    """
    if kind == "number":
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "date":
        assert isinstance(value, datetime)
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    return escaped(value)
