"""Holding customers out: the same in every file, by command and over HTTP, and no attribute when it comes back."""

import csv
import io
import json

import pytest

from dashboard.app import create_app
from segmentation.errors import KindredError, NotFoundError
from segmentation.holdout import HOLDOUT, TREATMENT, Holdout
from segmentation.ingest.keys import KEY_HEADER
from segmentation.services import Services
from tests.integration.profiled import customers_frame, store_customers, store_run

KEYS = [f"K{n}" for n in range(4_000)]


@pytest.fixture
def shop(sqlite_database, sqlite_settings):
    frame, labels = customers_frame()
    store_run(sqlite_database, store_customers(sqlite_database, "shop", frame), frame, labels)
    services = Services(sqlite_settings)
    yield services
    services.close()


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_side_follows_from_key_and_seed_and_grows_with_the_share():
    ten, thirty, other = (
        {key for key in KEYS if Holdout(*of).side(key) == HOLDOUT} for of in ((0.1,), (0.3,), (0.3, 7))
    )
    assert ten < thirty
    assert 350 < len(ten) < 450
    assert 1_100 < len(thirty) < 1_300
    assert 300 < len(thirty & other) < 420  # as chance has it: 9 in 100
    for share in (0, 1, -0.1, 7):
        with pytest.raises(KindredError, match="give a share between 0 and 1"):
            Holdout(share)


def test_a_file_tells_the_sides_counts_them_and_comes_back_without_them(shop, tmp_path):
    split, out, part = Holdout(0.25, 3), tmp_path / "all.csv", tmp_path / "part.csv"
    result = shop.exports.export("shop", out, holdout=split)
    rows = rows_of(out.read_text())
    assert {row["holdout_group"] for row in rows} == {TREATMENT, HOLDOUT}
    assert all(row["holdout_group"] == split.side(row[KEY_HEADER]) for row in rows)
    assert result.holdout == sum(row["holdout_group"] == HOLDOUT for row in rows)
    shop.exports.export("shop", part, "high-spenders", columns=["city"], holdout=split)
    of_part = rows_of(part.read_text())
    assert list(of_part[0])[1:] == ["city", "segment", "segment_slug", "confidence", "holdout_group"]
    whole = {row[KEY_HEADER]: row["holdout_group"] for row in rows}
    assert all(whole[row[KEY_HEADER]] == row["holdout_group"] for row in of_part)
    with pytest.raises(NotFoundError, match="no attribute 'cty'; did you mean 'city'"):
        shop.exports.export("shop", part, columns=["cty"])


def test_the_page_sends_the_split_and_hears_how_many(shop):
    client = create_app(shop).server.test_client()
    own = {"Origin": "http://localhost", "Host": "localhost"}
    asked = {"prefix": "", "segment": "", "word": "", "conditions": [], "columns": ["spend"]}
    answer = client.post("/customers.csv", json={"dataset": "shop", "asked": asked | {"holdout": "0.2"}}, headers=own)
    held = sum(row["holdout_group"] == HOLDOUT for row in rows_of(answer.text))
    assert answer.headers["X-Kindred-Says"] == f"204 customers downloaded; {held} held out"
    wrong = client.post("/customers.csv", json={"dataset": "shop", "asked": asked | {"holdout": "few"}}, headers=own)
    assert (wrong.status_code, "a holdout needs a share" in wrong.text) == (400, True)


def test_the_command_splits_and_an_import_leaves_the_column_out(run, place, tmp_path):
    people, out = tmp_path / "people.csv", tmp_path / "out.csv"
    people.write_text("id,age,city\n" + "".join(f"{n},{n % 50},Oslo\n" for n in range(100)))
    run("import", people, "--dataset", "shop", "--json")
    told = json.loads(
        run("export", "--dataset", "shop", "--columns", "age", "--holdout", 0.2, "--out", out, "--json").stdout
    )
    rows = rows_of(out.read_text())
    assert list(rows[0]) == ["id", "age", "holdout_group"]
    assert told["holdout"] == sum(row["holdout_group"] == HOLDOUT for row in rows) > 0
    again = json.loads(run("import", out, "--dataset", "shop", "--json").stdout)
    assert (again["unchanged"], again["mapping"]["holdout_group"]) == (100, None)
    assert run("export", "--dataset", "shop", "--holdout", 2, "--out", out).exit_code == 1
