"""A dataset put straight into the store, for tests that start after the import."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from db.bulk import bulk_insert
from db.customers import create
from db.models import Attribute, Dataset
from db.session import Database
from segmentation import vocabulary

IMPORTED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def store_customers(database: Database, slug: str, frame: pd.DataFrame, **changes: object) -> int:
    """Store a frame (index: customer keys) as a dataset; kinds follow the dtypes, roles the vocabulary."""
    attributes = [_attribute(place, str(name), frame[name]) for place, name in enumerate(frame.columns)]
    columns = {a.name: _column(frame[header], a.kind) for header, a in zip(frame.columns, attributes, strict=True)}
    with database.writing() as session:
        dataset = Dataset(
            slug=slug, name=slug.title(), key_attribute="id", customers=len(frame), state=f"state-{slug}-{len(frame)}",
            created_at=IMPORTED, updated_at=IMPORTED, **changes,
        )  # fmt: skip
        session.add(dataset)
        session.flush()
        session.add_all(attributes)
        for attribute in attributes:
            attribute.dataset_id = dataset.id
        session.flush()
        table = create(session.connection(), slug, attributes)
        ids = np.arange(1, len(frame) + 1)
        keys = pa.array([str(key) for key in frame.index], pa.string())
        if len(frame):
            bulk_insert(
                session.connection(), table, [pa.record_batch({"customer_id": ids, "customer_key": keys, **columns})]
            )
        return dataset.id


def change_state(database: Database, slug: str, state: str) -> None:
    """As after an import that changed customers."""
    with database.writing() as session:
        session.query(Dataset).filter_by(slug=slug).one().state = state


def _attribute(place: int, header: str, values: pd.Series) -> Attribute:
    entry = vocabulary.match(header)
    kind = _kind(values)
    role = "value" if header.startswith("spend_") else entry.role if entry else "other"
    return Attribute(
        position=place, name=vocabulary.snake(header), label=entry.label if entry else header.replace("_", " "),
        kind=kind, role=role, unit=entry.unit if entry else None, source_header=header,
        sensitive=bool(entry and entry.sensitive),
    )  # fmt: skip


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    return "text" if values.nunique() > 50 else "category"


def _column(values: pd.Series, kind: str) -> pa.Array:
    if kind == "number":
        return pa.array(values.to_numpy(dtype=np.float64), from_pandas=True)
    if kind == "date":
        return pa.array(values.to_numpy(dtype="datetime64[us]"))
    if kind == "flag":
        return pa.array(values.to_numpy(dtype=bool))
    return pa.array([None if pd.isna(value) else str(value) for value in values], pa.string())
