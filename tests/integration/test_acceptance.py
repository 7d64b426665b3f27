"""The public example files through the commands: everybody stored, everybody assigned, twice the same."""

import csv
import json

import pytest
from sqlalchemy import text

from db.session import Database

FILES = {
    "mall": ("Mall_Customers.csv", "CustomerID", 200),
    "campaign": ("marketing_campaign.csv", "ID", 2240),
}


def _answer(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("database_url", "dataset", "recipe"),
    [
        ("sqlite", "mall", "mall_interactions"),
        ("postgresql", "mall", "mall_interactions"),
        ("sqlite", "campaign", "engagement"),
        ("sqlite", "campaign", "full_profile"),
        ("postgresql", "campaign", "behaviour"),
    ],
    indirect=["database_url"],
)
def test_everybody_of_an_example_file_gets_a_segment_and_the_same_one_twice(
    run, on_database, shared_data, tmp_path, dataset, recipe
):
    file, key, customers = FILES[dataset]
    imported = _answer(run("import", shared_data / file, "--dataset", dataset, "--key", key, "--json"))
    assert (imported["rows"], imported["created"], imported["rejected"]) == (customers, customers, 0)
    first, second = (
        _answer(run("train", "--dataset", dataset, "--recipe", recipe, "--seed", 7, "--json")) for _ in range(2)
    )
    assert first["segments"] == second["segments"]
    assert first["metrics"] == second["metrics"]
    assert first["selection"] == second["selection"]
    assert sum(segment["size"] for segment in first["segments"]) == customers
    assert sum(segment["share"] for segment in first["segments"]) == pytest.approx(1)

    listed = _answer(run("segments", "--dataset", dataset, "--json"))
    assert sum(segment["size"] for segment in listed) == customers
    database = Database(on_database)
    with database.reading() as session:
        runs = session.execute(
            text("SELECT scoring_run_id, count(*), count(DISTINCT customer_id) FROM assignment GROUP BY 1 ORDER BY 1")
        ).all()
        moved = session.scalar(
            text(
                "SELECT count(*) FROM assignment a JOIN assignment b ON a.customer_id = b.customer_id "
                "JOIN segment s ON s.id = a.segment_id JOIN segment t ON t.id = b.segment_id "
                "WHERE a.scoring_run_id < b.scoring_run_id AND s.identity_id <> t.identity_id"
            )
        )
    database.dispose()
    assert [tuple(row)[1:] for row in runs] == [(customers, customers)] * 2
    assert moved == 0

    out = tmp_path / "members.csv"
    assert _answer(run("export", "--dataset", dataset, "--out", out, "--json"))["customers"] == customers
    with out.open(newline="") as exported:
        assert len(list(csv.DictReader(exported))) == customers
