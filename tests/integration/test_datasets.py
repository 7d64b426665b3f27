"""Datasets are listed, exported as they can be imported again, and erased without a trace."""

import csv
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import inspect, text

from db import models
from segmentation.errors import ConfigurationError, ConflictError, NotFoundError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.snapshots import Snapshots

KEY = "TRACE-4711"
FILE = f"""id,age,city,joined_on,active,note
{KEY},30,Ghent,2024-01-31,yes,"says ""hi"", twice"
k2,41.25,Lyon,2023-12-01,no,=SUM(A1)
k3,,,,,
k4,-5,-Paris,2024-02-29T10:30:00,yes,'=quoted
"""


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(FILE)
    return path


def assign(services, slug):
    """A champion with two segments and a run, as training leaves them; the first two customers are assigned."""
    now = datetime.now(UTC)
    with services.database.writing() as session:
        dataset = session.query(models.Dataset).filter_by(slug=slug).one()
        recipe = models.Recipe(dataset_id=dataset.id, name="r", version=1, spec={}, created_at=now, created_by="")
        session.add(recipe)
        session.flush()
        version = models.ModelVersion(
            dataset_id=dataset.id, recipe_id=recipe.id, algorithm="kmeans", parameters={}, k=2, reason="", seed=1,
            as_of=date(2024, 12, 31), customers=4, dataset_state=dataset.state, metrics={}, selection=[],
            preparation=[], projection={}, libraries={}, created_at=now, created_by="", duration_s=1.0,
        )  # fmt: skip
        session.add(version)
        session.flush()
        session.add(models.ModelAlias(dataset_id=dataset.id, model_version_id=version.id, since=now, set_by=""))
        run = models.ScoringRun(
            dataset_id=dataset.id, model_version_id=version.id, as_of=date(2024, 12, 31), customers=4, borderline=0,
            dataset_state=dataset.state, created_at=now, created_by="",
        )  # fmt: skip
        session.add(run)
        segments = []
        for label, name in enumerate(("Big spenders", "+Newcomers")):
            identity = models.SegmentIdentity(
                dataset_id=dataset.id, slug=f"segment-{label}", name=name, colour=label + 1, created_at=now
            )
            session.add(identity)
            session.flush()
            segment = models.Segment(
                model_version_id=version.id, identity_id=identity.id, label=label, position=label, auto_name=name,
                size=2, centroid={},
            )  # fmt: skip
            session.add(segment)
            session.flush()
            segments.append(segment.id)
        for customer, segment in ((1, segments[0]), (2, segments[1])):
            session.add(
                models.Assignment(
                    scoring_run_id=run.id, customer_id=customer, segment_id=segment, confidence=0.75, distance=1.0
                )
            )
            session.add(
                models.ProjectionPoint(
                    scoring_run_id=run.id, customer_id=customer, segment_id=segment, x=0, y=0, z=0, confidence=0.75
                )
            )
            session.add(
                models.RunSegment(
                    scoring_run_id=run.id, segment_id=segment, customers=1, borderline=0, confidence={},
                    typical=[customer, 3], border=[customer],
                )
            )  # fmt: skip


def everything(services):
    """Every value of every table, as text."""
    found = []
    names = inspect(services.database.engine).get_table_names()
    with services.database.reading() as session:
        for name in names:
            found += [str(value) for row in session.execute(text(f'SELECT * FROM "{name}"')) for value in row]
    return found


def files_with(services, needle):
    return [
        path
        for path in services.settings.data_dir.rglob("*")
        if path.is_file() and needle.encode() in path.read_bytes()
    ]


def read(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_a_summary_counts_what_is_stored(services, file):
    services.imports.import_file(file, "shop", ImportOptions(dataset_name="The Shop"))
    (found,) = services.datasets.list()
    assert found == services.datasets.get("shop")
    assert found.as_json() == {"slug": "shop", "name": "The Shop", "customers": 4, "attributes": 5, "champion": None}
    assign(services, "shop")
    assert services.datasets.get("shop").champion is not None
    with pytest.raises(NotFoundError, match="known datasets: shop"):
        services.datasets.get("sohp")


def test_what_is_exported_is_imported_unchanged(services, file, tmp_path):
    services.imports.import_file(file, "shop")
    out = tmp_path / "out.csv"
    result = services.exports.export("shop", out)
    assert (result.customers, result.without_consent) == (4, 0)
    assert read(out) == [
        ["id", "age", "city", "joined_on", "active", "note"],
        [KEY, "30", "Ghent", "2024-01-31", "yes", 'says "hi", twice'],
        ["k2", "41.25", "Lyon", "2023-12-01", "no", "'=SUM(A1)"],
        ["k3", "", "", "", "", ""],
        ["k4", "-5", "'-Paris", "2024-02-29T10:30:00", "yes", "'=quoted"],
    ]
    again = services.imports.import_file(out, "shop").as_json()
    assert (again["unchanged"], again["rejected"]) == (4, 0)
    services.imports.import_file(out, "copy")
    before, after = (Snapshots(services.database, services.settings).frame(slug) for slug in ("shop", "copy"))
    assert before.equals(after)


def test_the_real_files_survive_the_way_out_and_in(services, shared_data, tmp_path):
    for name in ("marketing_campaign.csv", "Telco_customer_churn.csv"):
        services.imports.import_file(shared_data / name, "real")
        services.exports.export("real", tmp_path / "out.csv")
        again = services.imports.import_file(tmp_path / "out.csv", "real").as_json()
        assert again["unchanged"] == again["rows"] > 2000
        services.datasets.delete("real")


def test_numbered_customers_are_exported_with_their_numbers(services, shared_data, tmp_path):
    services.imports.import_file(shared_data / "Wholesale_customers.csv", "w", ImportOptions(key="@row"))
    services.exports.export("w", tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert rows[0][0] == "customer_key"
    assert rows[1][0] == "1"
    again = services.imports.import_file(tmp_path / "out.csv", "w").as_json()
    assert (again["unchanged"], again["rows"]) == (440, 440)


def test_members_are_exported_with_their_segment_which_an_import_leaves_out(services, file, tmp_path):
    services.imports.import_file(file, "shop")
    assign(services, "shop")
    out = tmp_path / "out.csv"
    services.exports.export("shop", out)
    rows = read(out)
    assert rows[0][-3:] == ["segment", "segment_slug", "confidence"]
    assert [row[-3:] for row in rows[1:3]] == [
        ["Big spenders", "segment-0", "0.75"],
        ["'+Newcomers", "segment-1", "0.75"],
    ]
    assert rows[3][-3:] == ["", "", ""]
    again = services.imports.import_file(out, "shop")
    assert (again.unchanged, again.mapping["segment"]) == (4, None)
    result = services.exports.export("shop", out, segment="segment-1")
    assert (result.customers, [row[0] for row in read(out)[1:]]) == (1, ["k2"])
    with pytest.raises(NotFoundError, match="no segment 'nobody'; its segments: segment-0, segment-1"):
        services.exports.export("shop", out, segment="nobody")


def test_people_without_consent_are_left_out_and_counted(services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("id,age,marketing_consent\na,30,yes\nb,31,no\nc,32,\n")
    services.imports.import_file(path, "shop")
    result = services.exports.export("shop", tmp_path / "out.csv")
    assert (result.customers, result.without_consent) == (1, 2)


def test_consent_is_known_by_its_words_and_an_export_of_nobody_says_why(services, tmp_path):
    path = tmp_path / "shop.csv"
    for slug, yes, no in (("german", "ja", "nein"), ("mailing", "Opt-in", "Opt-out")):
        path.write_text(f"id,age,newsletter\na,30,{yes}\nb,31,{no}\nc,32,{no}\n")
        services.imports.import_file(path, slug)
        result = services.exports.export(slug, tmp_path / "out.csv")
        assert (result.customers, result.without_consent, result.note) == (1, 2, "")
    path.write_text("id,age,newsletter\na,30,perhaps\nb,31,later\n")
    services.imports.import_file(path, "nobody")
    note = services.exports.export("nobody", tmp_path / "out.csv").note
    assert note.startswith(
        "nobody is written: no customer agrees in 'Marketing consent', which says 'perhaps', 'later';"
    )


def test_an_export_that_cannot_be_written_leaves_nothing(services, file, tmp_path):
    services.imports.import_file(file, "shop")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        services.exports.export("shop", tmp_path / "no" / "folder" / "out.csv")


def test_a_forgotten_customer_leaves_no_trace(services, file):
    received = services.imports.receive("shop.csv", [FILE.encode()])
    services.imports.import_file(received.path, "shop", ImportOptions(file_name=received.name))
    bad = file.with_name("bad.csv")
    bad.write_text(f"id,age\n{KEY},1,2\n")
    services.imports.import_file(bad, "shop")
    assign(services, "shop")
    Snapshots(services.database, services.settings).path("shop")
    assert KEY in everything(services)
    told = services.datasets.forget("shop", KEY, by="me")
    assert told == {"dataset": "shop", "forgotten": 1, "assignments": 1, "problems": 1, "files": 2}  # rejected rows too
    assert [value for value in everything(services) if KEY in value] == []
    if services.database.is_sqlite:
        assert files_with(services, KEY) == []
    frame = Snapshots(services.database, services.settings).frame("shop")
    assert frame["customer_key"].tolist() == ["k2", "k3", "k4"]
    assert files_with(services, KEY) == []
    assert services.datasets.get("shop").customers == 3
    with services.database.reading() as session:
        assert session.query(models.Assignment).filter_by(customer_id=1).count() == 0
        assert session.query(models.ProjectionPoint).filter_by(customer_id=1).count() == 0
        examples = [(row.typical, row.border) for row in session.query(models.RunSegment)]
        assert sorted(examples) == [([2, 3], [2]), ([3], [])]
        event = session.query(models.AuditEvent).filter_by(action="forget").one()
        assert (event.actor, len(event.details["customer"])) == ("me", 64)
    with pytest.raises(NotFoundError, match="no customer"):
        services.datasets.forget("shop", KEY)


def test_files_of_others_stay_when_a_customer_is_forgotten(services, file):
    kept = services.imports.receive("other.csv", [b"id,age\nTRACE-47110,30\n"])
    services.imports.import_file(file, "shop")
    assert services.datasets.forget("shop", KEY)["files"] == 0
    assert services.imports.uploaded(kept.id).path.exists()


def test_a_deleted_dataset_leaves_nothing(services, file, tmp_path):
    received = services.imports.receive("shop.csv", [FILE.encode()])
    services.imports.import_file(received.path, "shop", ImportOptions(file_name=received.name))
    other = tmp_path / "other.csv"
    other.write_text("id,age\n1,2\n")
    services.imports.import_file(other, "other")
    assign(services, "shop")
    Snapshots(services.database, services.settings).path("shop")
    services.datasets.delete("shop", by="me")
    names = inspect(services.database.engine).get_table_names()
    assert "customers_shop" not in names
    assert "customers_other" in names
    assert [value for value in everything(services) if KEY in value] == []
    with services.database.reading() as session:
        for table in (models.ModelVersion, models.Segment, models.SegmentIdentity, models.Recipe, models.ScoringRun,
                      models.Assignment, models.RunSegment, models.ProjectionPoint, models.ModelAlias):  # fmt: skip
            assert session.query(table).count() == 0, table
        assert [each.slug for each in session.query(models.Dataset)] == ["other"]
        assert session.query(models.ImportBatch).count() == 1
    assert list(services.settings.uploads.iterdir()) == []
    assert list(services.settings.snapshots.iterdir()) == []
    services.imports.import_file(file, "shop")
    assert services.datasets.get("shop").customers == 4


def test_a_dataset_at_work_is_not_deleted(services, file):
    services.imports.import_file(file, "shop")
    with services.database.writing() as session:
        session.add(
            models.Job(
                kind="train", queue="shop", payload={}, status="running", created_at=datetime.now(UTC), created_by=""
            )
        )
    with pytest.raises(ConflictError, match="a job of 'shop' is running"):
        services.datasets.delete("shop")
