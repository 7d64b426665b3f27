"""Rows of a file as customers, without storing them; and their labels as a document or a file."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from db.models import Attribute
from segmentation.csv_safety import escaped
from segmentation.errors import BadFileError, ConfigurationError
from segmentation.ingest.dialect import Dialect
from segmentation.ingest.keys import choose_key, propose_key
from segmentation.ingest.mapping import plan
from segmentation.ingest.problems import Problem
from segmentation.ingest.staging import staged
from segmentation.ingest.typing import facts
from segmentation.ingest.validation import typed_batches, validate
from segmentation.scoring import Assigned

SHOWN = 100  # problems told one by one
COLUMNS = ("customer", "segment", "slug", "confidence", "runner_up")


@dataclass(frozen=True)
class FileRows:
    """The readable rows of a file in their order; keys (row numbers where the file has none) and attributes."""

    keys: list[str]
    frame: pd.DataFrame
    rejected: int
    problems: list[Problem]


def read_rows(
    path: Path,
    dialect: Dialect,
    staging_folder: Path,
    key_header: str | None,
    attributes: Sequence[Attribute],
    this_year: int,
) -> FileRows:
    """Read a file of text as `import` would, as rows of a dataset with these attributes.

    Columns that the dataset does not know are left out; rows with a cell of the wrong kind are rejected.
    """
    with staged(path, dialect, staging_folder) as staging:
        counts, header = facts(staging), staging.dialect.header
        known = key_header in header
        key = (
            choose_key(header, counts, staging.rows, None, key_header, new=False)
            if known
            else propose_key(header, counts, staging.rows)
        )
        planned = plan(staging, counts, key, attributes, this_year=this_year)
        checked = validate(staging, planned, counts, "update")
        batches = list(typed_batches(staging, planned, checked))
    if not batches:
        return FileRows([], pd.DataFrame(), checked.rejected, checked.problems[:SHOWN])
    table = pa.Table.from_batches(batches).sort_by("_position")
    kinds = {attribute.name: attribute.kind for attribute in attributes}
    frame = pd.DataFrame(
        {name: _values(table.column(name), kinds[name]) for name in table.column_names if name in kinds},
        index=pd.RangeIndex(table.num_rows),
    )
    return FileRows(table.column("customer_key").to_pylist(), frame, checked.rejected, checked.problems[:SHOWN])


def _values(column: pa.ChunkedArray, kind: str) -> Any:
    """As `Snapshots.frame` gives them."""
    if kind in ("number", "flag"):
        return column.cast(pa.float64()).to_numpy()
    if kind == "date":
        return column.cast(pa.timestamp("us")).to_numpy()
    return np.array(column.to_pylist(), dtype=object)


def require_inputs(frame: pd.DataFrame, inputs: Sequence[str], attributes: Sequence[Attribute], path: Path) -> None:
    """BadFileError when a file has nothing that the model looks at: everybody would get the same segment."""
    if not set(inputs) & set(frame.columns):
        labels = {attribute.name: attribute.label for attribute in attributes}
        wanted = ", ".join(labels.get(name, name) for name in inputs)
        raise BadFileError(f"{path.name} has none of the columns the model uses: {wanted}")


def as_documents(keys: Sequence[str], assigned: Assigned, names: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """One entry per row; `names` is (name, slug) of each segment by label."""
    return [
        {
            "customer": key,
            "segment": names[label][0],
            "slug": names[label][1],
            "confidence": confidence,
            "runner_up": names[second][0] if second >= 0 else None,
        }
        for key, label, confidence, second in zip(
            keys, assigned.label.tolist(), assigned.confidence.tolist(), assigned.runner_up.tolist(), strict=True
        )
    ]


def write_csv(documents: Sequence[dict[str, Any]], out: Path) -> None:
    """The entries as a CSV file that a spreadsheet opens safely; complete or not at all."""
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for row in documents:
                writer.writerow([escaped(each) if isinstance(each := row[name], str) else each for name in COLUMNS])
        unfinished.replace(out)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written ({error.strerror}); give another place with --out") from None
    finally:
        unfinished.unlink(missing_ok=True)
