"""A store with at least one row in every table, and all of it as Python values."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from db import before, customers, dump, models, transactions
from db.bulk import bulk_insert
from db.session import Database
from segmentation.modelling.artifacts import sign

NOW = datetime(2026, 1, 31, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=5)))
BODY = bytes(range(256)) * 5


def fill(database: Database, secret: str) -> None:
    """At least one row in every table, with the values that are lost most easily."""
    attributes = [
        models.Attribute(dataset_id=7, position=place, name=name, label=name, kind=kind, source_header=name)
        for place, (name, kind) in enumerate(
            {"spend": "number", "member": "flag", "city": "category", "since": "date", "note": "text"}.items()
        )
    ]
    by = {"created_at": NOW, "created_by": "test"}
    with database.writing() as session:
        session.add(
            models.Dataset(id=7, slug="shop", name="Shop", customers=3, state="s1", created_at=NOW, updated_at=NOW)
        )
        session.add(
            models.FileFormat(
                id=8, dataset_id=7, signature="ab", choices={"delimiter": ";"}, updated_at=NOW, updated_by="test"
            )
        )
        session.add(
            models.SavedFilter(id=6, dataset_id=7, name="Ölkäufer", body={"word": "clear"}, saved_at=NOW, saved_by="a")
        )
        session.add(models.Summary(dataset_id=7, kind="rfm", state="s1 0", body={"scored": 3}, computed_at=NOW))
        session.add(models.AuditEvent(id=9, at=NOW, actor="test", action="import", dataset="shop", details={"n": 3}))
        session.flush()
        session.add(
            models.Correlation(
                dataset_id=7, first="spend", second="since", measure="pearson", value=-0.1, rank_value=0.1 + 0.2,
                strength=0.1 + 0.2, customers=3,
            )
        )  # fmt: skip
        session.add_all(attributes)
        session.add(
            models.ImportBatch(
                id=3, dataset_id=7, file_name="ä.csv", sha256="0", dialect={"delimiter": ";"}, mapping={}, blank="keep",
                on_duplicate="update", status="committed", rows_read=4, created=3, rejected=1, problem_counts={"x": 1},
                **by,
            )
        )  # fmt: skip
        session.add(
            models.Job(id=5, kind="train", dataset_id=7, queue="shop", payload={"k": 3}, status="running", **by)
        )
        session.add(models.Recipe(id=2, dataset_id=7, name="all_usable", version=1, spec={"features": ["spend"]}, **by))
        session.add(
            models.SegmentIdentity(id=4, dataset_id=7, slug="big", name='Big, "spenders"', colour=1, created_at=NOW)
        )
        session.flush()
        session.add(
            models.ImportProblem(
                batch_id=3,
                row_number=2,
                column="spend",
                value="",
                expected="1,5\nor more",
                cause="type",
                severity="error",
            )
        )
        session.add(
            models.Strategy(
                identity_id=4, objective="Win back", owner="ann", status="draft", updated_at=NOW, updated_by="ann",
                budget=0.3, due=date(2026, 2, 28), risk="low", assumptions={"response": 0.02}, reasons={"kpi": "ö"},
            )
        )  # fmt: skip
        session.add(
            models.StrategyChange(
                identity_id=4, revision=1, at=NOW, by="ann", before={}, after={"objective": "Win back"}
            )
        )
        session.add(
            models.Campaign(
                id=51, dataset_id=7, identity_id=4, name="Frühling", target={"group": "segment:big"}, assumptions={},
                holdout=0.1, seed=42, customers=3, without_consent=1, planned={"held": 0.2}, revision=1,
                updated_at=NOW, updated_by="ann", drawn_at=NOW, outcome=None, **by,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            models.Scenario(
                id=61, public_id="aB3_-x", dataset_id=7, kind="customer", name="Öfter", note="", customer_id=1,
                asked={"start": {"spend": 0.1}, "changes": {"spend": None}}, updated_at=NOW, updated_by="ann", **by,
            )
        )  # fmt: skip
        session.add(models.CampaignMember(campaign_id=51, customer_id=1, held=True))
        for number, parent in ((11, None), (12, 11)):
            session.add(
                models.ModelVersion(
                    id=number, dataset_id=7, recipe_id=2, parent_id=parent, algorithm="kmeans", parameters={}, k=1,
                    reason="fixed", seed=42, as_of=date(2026, 1, 31), customers=3, dataset_state="s1",
                    metrics={"silhouette": 0.1 + 0.2}, selection=[{"k": 1, "gap": None}], reality_check=None,
                    stability=None, preparation=[], projection={}, libraries={}, duration_s=0.5, **by,
                )
            )  # fmt: skip
            session.flush()
        signed = sign(BODY, dataset="shop", version=12, secret=secret)
        session.add(models.ModelArtifact(model_version_id=12, body=signed.body, sha256=signed.sha256, hmac=signed.hmac))
        session.add(
            models.ScenarioResult(
                scenario_id=61, model_version_id=12, computed_at=NOW, computed_by="ann", dataset_state="s1",
                body={"segment": "Big"},
            )
        )  # fmt: skip
        session.add(models.ModelAlias(dataset_id=7, model_version_id=12, since=NOW, set_by="test"))
        session.add(
            models.ScoringRun(
                id=21, dataset_id=7, model_version_id=12, as_of=date(2026, 1, 31), customers=3, value=None,
                borderline=0, dataset_state="s1", **by,
            )
        )  # fmt: skip
        session.add(
            models.Segment(
                id=31, model_version_id=12, identity_id=4, label=0, position=0, auto_name="Big", size=3, centroid={}
            )
        )
        session.flush()
        session.add(
            models.RunSegment(
                scoring_run_id=21, segment_id=31, customers=3, borderline=0, confidence={}, typical=[1], border=[]
            )
        )
        session.add(
            models.SegmentProfile(
                scoring_run_id=21, attribute="spend", label="Spend", kind="number", used=True, customers=2, missing=1
            )
        )
        session.add(
            models.ProjectionPoint(
                scoring_run_id=21, customer_id=1, segment_id=31, x=1.5, y=-2.0, z=1 / 3, confidence=1.0
            )
        )
        session.add_all(
            models.Assignment(scoring_run_id=21, customer_id=number, segment_id=31, confidence=1.0, distance=0.1)
            for number in (1, 2, 3)
        )
        connection = session.connection()
        table = customers.create(connection, "shop", attributes)
        rows = pa.record_batch(
            {
                "customer_id": [1, 2, 3],
                "customer_key": ["0001", "0002", "ö\n3"],
                "import_batch_id": [3, 3, None],
                "spend": [0.1, None, 1e300],
                "member": [True, False, None],
                "city": ["", None, 'a,"b"'],
                "since": pa.array(["2020-02-29 01:02:03", None, "1899-01-01"]).cast(pa.timestamp("us")),
                "note": ["=1+1", "\\N", None],
            }
        )
        bulk_insert(connection, table, [rows])
        images = before.create(connection, "shop", attributes)
        image = {"_changed_by": 3, "customer_id": 1, "import_batch_id": None, "spend": 0.3, "member": True}
        connection.execute(sa.insert(images), [image])
        lines = pa.record_batch(
            {
                "customer_key": ["0001", "unknown"],
                "occurred_at": pa.array(["2025-12-31 23:00:00", "2026-01-01 00:00:00"]).cast(pa.timestamp("us")),
                "amount": [12.34, -5.0],
                "category": [None, "wine"],
                "import_batch_id": [3, 3],
            }
        )
        transactions.load(connection, "shop", [lines])


def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as Python values."""
    with database.reading() as session:
        connection = session.connection()
        tables = [*dump.fixed_tables(), *dump.dataset_tables(connection)]
        return {
            table.name: [row._asdict() for row in connection.execute(sa.select(table).order_by(*list(table.c)[:2]))]
            for table in tables
            if dump.exists(connection, table)
        }
