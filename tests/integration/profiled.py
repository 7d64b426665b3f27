"""A small store with a scored champion, made from the real profiling functions: what the profile tests read."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa

from db import customers
from db.bulk import bulk_insert
from db.models import (
    Assignment,
    Attribute,
    Dataset,
    ModelAlias,
    ModelVersion,
    ProjectionPoint,
    Recipe,
    RunSegment,
    ScoringRun,
    Segment,
    SegmentIdentity,
    SegmentProfile,
)
from db.session import Database
from segmentation.profiles import profile

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
KINDS = {"spend": "number", "visits": "number", "member": "flag", "city": "category"}
ROLES = {"spend": "value"}
NAMES = ["High spenders", "Light spenders", "Frequent visitors", "A handful"]
RECIPE = {"features": [{"name": "spend_per_visit", "expression": {"ratio": ["spend", "visits"]}}]}
SPENDING = {"feature": "spend", "label": "Spending", "weight": 1.0}  # all there is on the map


def customers_frame(sizes: tuple[int, ...] = (40, 90, 70, 4)) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers in segments of these sizes, in this order: spenders, light spenders, visitors, a handful."""
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    centres = np.array([[900, 5, 0.8], [50, 4, 0.2], [120, 20, 0.5], [60, 4, 0.5]])[labels]
    frame = pd.DataFrame(
        {
            "spend": np.round(rng.normal(centres[:, 0], 20), 2),
            "visits": rng.poisson(centres[:, 1]) + 1.0,
            "member": (rng.random(len(labels)) < centres[:, 2]).astype(float),
            "city": np.where(rng.random(len(labels)) < 0.3 + 0.4 * (labels == 0), "Oslo", "Bergen").astype(object),
        },
        index=pd.RangeIndex(1, len(labels) + 1, name="customer_id"),
    )
    frame.loc[3, "visits"] = np.nan
    return frame, labels


def store_customers(database: Database, slug: str, frame: pd.DataFrame) -> int:
    """A dataset with its typed table; returns its id."""
    attributes = [SimpleNamespace(name=name, kind=kind) for name, kind in KINDS.items()]
    with database.writing() as session:
        dataset = Dataset(
            slug=slug, name=slug.capitalize(), customers=len(frame), state="one", created_at=NOW, updated_at=NOW
        )
        session.add(dataset)
        session.flush()
        for at, (name, kind) in enumerate(KINDS.items()):
            session.add(
                Attribute(
                    dataset_id=dataset.id,
                    position=at,
                    name=name,
                    label=name.capitalize(),
                    kind=kind,
                    role=ROLES.get(name, "other"),
                    source_header=name,
                )
            )
        table = customers.create(session.connection(), slug, attributes)
        member = [None if np.isnan(flag) else bool(flag) for flag in frame["member"]]
        columns = {
            "customer_id": frame.index.to_numpy(),
            "customer_key": [f"K{i:04}" for i in frame.index],
            "spend": pa.array(frame["spend"], from_pandas=True),
            "visits": pa.array(frame["visits"], from_pandas=True),
            "member": pa.array(member),
            "city": pa.array(frame["city"].tolist()),
        }
        bulk_insert(session.connection(), table, [pa.record_batch(columns)])
        return dataset.id


def store_run(database: Database, dataset_id: int, frame: pd.DataFrame, labels: np.ndarray, *, slugs="") -> int:
    """A champion with one scoring run over these labels; returns the run's id."""
    k = len(NAMES)
    rng = np.random.default_rng(1)
    confidence = rng.random(len(labels)) * 0.5
    value = frame["spend"].fillna(0).to_numpy()
    columns = [SimpleNamespace(name=n, label=n.capitalize(), kind=kind, unit=None) for n, kind in KINDS.items()]
    with database.writing() as session:
        recipe = Recipe(dataset_id=dataset_id, name=f"r{slugs}", version=1, spec=RECIPE, created_at=NOW, created_by="t")
        session.add(recipe)
        session.flush()
        model = ModelVersion(
            dataset_id=dataset_id, recipe_id=recipe.id, algorithm="kmeans", parameters={}, k=k, reason="because",
            seed=1, as_of=date(2024, 5, 1), customers=len(labels), dataset_state="one", metrics={"silhouette": 0.342},
            selection=[], reality_check=None, stability=None, preparation=[],
            projection={"components": [{"explained": 1.0, "loadings": [SPENDING]}]},
            libraries={}, created_at=NOW, created_by="t", duration_s=1.0,
        )  # fmt: skip
        session.add(model)
        session.flush()
        session.add(ModelAlias(dataset_id=dataset_id, model_version_id=model.id, since=NOW, set_by="t"))
        segments = []
        for label in range(k):
            identity = SegmentIdentity(
                dataset_id=dataset_id,
                slug=NAMES[label].lower().replace(" ", "-") + slugs,
                name=NAMES[label],
                colour=label + 1,
                created_at=NOW,
            )
            session.add(identity)
            session.flush()
            segment = Segment(
                model_version_id=model.id, identity_id=identity.id, label=label, position=label, auto_name=NAMES[label],
                size=int((labels == label).sum()), centroid={}, stability=None,
            )  # fmt: skip
            session.add(segment)
            session.flush()
            segments.append(segment.id)
        run = ScoringRun(
            dataset_id=dataset_id, model_version_id=model.id, as_of=date(2024, 5, 1), customers=len(labels),
            value=float(value.sum()), borderline=int((confidence < 0.05).sum()), dataset_state="one", created_at=NOW,
            created_by="t",
        )  # fmt: skip
        session.add(run)
        session.flush()
        ids = frame.index.to_numpy()
        for label in range(k):
            mask = labels == label
            session.add(
                RunSegment(
                    scoring_run_id=run.id, segment_id=segments[label], customers=int(mask.sum()),
                    value=float(value[mask].sum()), borderline=int((confidence[mask] < 0.05).sum()),
                    confidence={"mean": 0.2, "percentiles": np.quantile(confidence, np.linspace(0, 1, 101)).tolist()},
                    typical=ids[mask][:3].tolist()[::-1], border=ids[mask][-3:].tolist(),
                )
            )  # fmt: skip
        for at, customer in enumerate(ids.tolist()):
            session.add(
                Assignment(
                    scoring_run_id=run.id, customer_id=customer, segment_id=segments[labels[at]],
                    confidence=float(confidence[at]), distance=1.0, runner_up_id=segments[(labels[at] + 1) % k],
                )
            )  # fmt: skip
        for row in profile(frame, labels, k, columns, {"spend", "visits"}):
            segment_id = None if row.segment_label is None else segments[row.segment_label]
            session.add(SegmentProfile(scoring_run_id=run.id, segment_id=segment_id, **row.stored()))
        for customer in ids[::10].tolist():
            session.add(
                ProjectionPoint(
                    scoring_run_id=run.id, customer_id=customer, segment_id=segments[labels[customer - 1]],
                    x=1.0, y=2.0, z=3.0, confidence=0.1,
                )
            )  # fmt: skip
        return run.id
