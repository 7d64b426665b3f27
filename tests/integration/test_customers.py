"""The customers table and the page of one customer equal what SQL and the model say, on both databases."""

import csv
import io
import json

import numpy as np
import pytest
from sqlalchemy import text

from dashboard.app import create_app
from dashboard.cards.customer import attributes_card, head
from dashboard.cards.customers import cell
from segmentation.customer_views import CustomerQuery
from segmentation.errors import KindredError, NotFoundError
from segmentation.filters import Condition
from segmentation.services import Services
from segmentation.services.run_snapshots import confidence_words
from segmentation.simulator import confidence_word, percentile
from tests.integration.profiled import customers_frame, store_customers, store_run

ASSIGNED = """
    SELECT c.customer_key, c.spend, c.visits, c.member, c.city, i.slug, a.confidence, s.id
    FROM customers_shop c JOIN assignment a ON a.customer_id = c.customer_id
    JOIN segment s ON s.id = a.segment_id JOIN segment_identity i ON i.id = s.identity_id WHERE a.scoring_run_id = :run
"""


@pytest.fixture
def shop(database, settings):
    """204 customers in four segments, and a second dataset as a decoy; returns services and the run."""
    frame, labels = customers_frame()
    run = store_run(database, store_customers(database, "shop", frame), frame, labels)
    other = frame.assign(spend=1.0)
    store_run(database, store_customers(database, "decoy", other), other, labels, slugs="-2")
    services = Services(settings)
    yield services, run
    services.close()


def in_sql(services, run):
    with services.database.reading() as session:
        return session.execute(text(ASSIGNED), {"run": run}).all()


def keys(services, query, start=0, stop=500):
    return [row.key for row in services.customers.page("shop", query, start, stop).rows]


def test_sorted_pages_at_any_depth_equal_sql(shop):
    services, run = shop
    found = in_sql(services, run)
    by_visits = sorted(found, key=lambda row: (row.visits is None, -(row.visits or 0), row.customer_key))
    query = CustomerQuery(sort="visits", descending=True)
    pages = [key for start in range(0, 204, 60) for key in keys(services, query, start, start + 60)]
    assert pages == [row.customer_key for row in by_visits]
    assert pages[-1] == "K0003"  # the one whose visits are not known is last in either direction
    assert keys(services, CustomerQuery(sort="visits"))[-1] == "K0003"
    assert keys(services, CustomerQuery()) == sorted(row.customer_key for row in found)  # as they came: by id
    by_confidence = sorted(found, key=lambda row: row.confidence)
    assert keys(services, CustomerQuery(sort="@confidence"), 190) == [row.customer_key for row in by_confidence][190:]


def test_filters_together_find_who_sql_finds(shop):
    services, run = shop
    conditions = (Condition("spend", low=40.0, high=130.0), Condition("city", level="Bergen"),
                  Condition("member", level="yes"))  # fmt: skip
    query = CustomerQuery(prefix="K01", segment="frequent-visitors", conditions=conditions)
    wanted = {
        row.customer_key
        for row in in_sql(services, run)
        if row.customer_key.startswith("K01") and row.slug == "frequent-visitors" and 40 <= row.spend <= 130
        and row.city == "Bergen" and row.member
    }  # fmt: skip
    page = services.customers.page("shop", query, 0, 5, ["city"])
    assert wanted
    assert page.total == len(wanted)
    assert {row.key for row in page.rows} <= wanted
    assert all(row.segment == "Frequent visitors" and row.cells == {"city": "Bergen"} for row in page.rows)
    assert keys(services, CustomerQuery(conditions=(Condition("visits", missing=True),))) == ["K0003"]
    assert services.customers.page("shop", CustomerQuery(prefix="nobody"), 0, 10).rows == []


def test_the_words_of_the_copy_are_those_of_the_simulator(shop):
    services, _run = shop
    for word in ("clear", "leaning", "borderline"):
        page = services.customers.page("shop", CustomerQuery(word=word), 0, 500)
        assert page.total
        assert {row.word for row in page.rows} == {word}
    rng = np.random.default_rng(3)
    confidence, known = rng.random(500), {1: np.sort(rng.random(101)).tolist(), 2: []}
    segment = rng.integers(1, 3, 500)
    told = confidence_words(segment, confidence, known, 0.05)
    pairs = zip(segment, confidence, strict=True)
    assert told.tolist() == [confidence_word(each, percentile(each, known[at]), 0.05) for at, each in pairs]


def test_a_lost_copy_is_made_again_and_an_unknown_name_is_said(shop, settings):
    services, _ = shop
    first = keys(services, CustomerQuery(word="clear"))
    for file in settings.snapshots.iterdir():
        file.unlink()
    fresh = Services(settings)
    assert keys(fresh, CustomerQuery(word="clear")) == first
    fresh.close()
    with pytest.raises(NotFoundError, match="has no segment 'nobody'"):
        services.customers.page("shop", CustomerQuery(segment="nobody"), 0, 10)
    with pytest.raises(KindredError, match="there is no column 'shoe_size'"):
        services.filters.read("shop", {"conditions": [{"attribute": "shoe_size", "low": 1}]})
    with pytest.raises(KindredError, match="'much' is not a number"):
        services.filters.read("shop", {"conditions": [{"attribute": "spend", "low": "much"}]})


def test_a_customer_beside_the_segment_and_everyone(shop):
    services, run = shop
    found = in_sql(services, run)
    mine = next(row for row in found if row.customer_key == "K0001")
    detail = services.customers.customer("shop", "K0001")
    own = [row.spend for row in found if row.slug == mine.slug]
    spend, city = (next(each for each in detail.attributes if each.name == name) for name in ("spend", "city"))
    assert (spend.value, spend.typical) == (mine.spend, pytest.approx(float(np.median(own))))
    low, high = np.quantile(own, [0.05, 0.95])
    assert spend.beyond == ("above" if mine.spend > high else "below" if mine.spend < low else None)
    outside = [row for row in found if row.slug == mine.slug and not low <= row.spend <= high]
    assert outside
    for row in outside:
        other = services.customers.customer("shop", row.customer_key)
        beyond = next(each.beyond for each in other.attributes if each.name == "spend")
        assert beyond == ("above" if row.spend > high else "below")
        assert "Unlike most of High spenders in spend" in str(attributes_card(other))
    assert spend.everyone == pytest.approx(float(np.median([row.spend for row in found])))
    same = [row.city == mine.city for row in found if row.slug == mine.slug]
    assert city.typical == pytest.approx(sum(same) / len(same))
    assert (detail.now.slug, detail.now.confidence) == (mine.slug, pytest.approx(mine.confidence))
    assert [each.slug for each in detail.history] == [mine.slug]
    assert services.customers.customer("shop", "~1") == detail
    assert "/simulator?dataset=shop&customer=K0001" in str(head("shop", detail))
    handful = services.customers.customer("shop", "K0204")
    assert handful.withheld
    assert all(each.typical is None for each in handful.attributes)


def test_the_grid_and_the_file_over_http(shop):
    services, run = shop
    client = create_app(services).server.test_client()
    own = {"Origin": "http://localhost", "Host": "localhost"}
    asked = {"prefix": "", "segment": "light-spenders", "word": "", "conditions": [], "columns": ["spend"], "ready": 1}
    sort = [{"colId": "spend", "sort": "desc"}]
    request = {
        "output": "..customers--grid.getRowsResponse...customers--says.children..",
        "outputs": [{"id": "customers--grid", "property": "getRowsResponse"},
                    {"id": "customers--says", "property": "children"}],
        "inputs": [{"id": "customers--grid", "property": "getRowsRequest",
                    "value": {"startRow": 20, "endRow": 30, "sortModel": sort}}],
        "state": [{"id": "customers--asked", "property": "data", "value": asked},
                  {"id": "customers--query", "property": "data", "value": {"dataset": "shop"}}],
        "changedPropIds": ["customers--grid.getRowsRequest"],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=request, headers=own).get_json()["response"]
    light = sorted(
        (r for r in in_sql(services, run) if r.slug == "light-spenders"), key=lambda r: (-r.spend, r.customer_key)
    )
    shown = answer["customers--grid"]["getRowsResponse"]
    assert shown["rowCount"] == len(light)
    assert [(row["key"], row["a:spend"]) for row in shown["rowData"]] == [
        (row.customer_key, cell(row.spend, "number", "Spend")) for row in light[20:30]
    ]
    assert set(shown["rowData"][0]) == {"key", "href", "segment", "colour", "word", "value", "a:spend"}
    assert answer["customers--says"]["children"] == "90 of 204 customers"
    file = client.post("/customers.csv", json={"dataset": "shop", "asked": asked}, headers=own)
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert file.headers["X-Kindred-Says"] == "90 customers downloaded"
    assert {row["segment_slug"] for row in rows} == {"light-spenders"}
    assert {(float(row["spend"])) for row in rows} == {row.spend for row in light}
    assert client.post("/customers.csv", data=json.dumps([]), headers=own).status_code == 400


def test_who_is_forgotten_has_no_page(shop):
    services, _ = shop
    client = create_app(services).server.test_client()
    assert len(keys(services, CustomerQuery(sort="spend"))) == 204
    assert client.get("/customers/K0007?dataset=shop").status_code == 200
    services.datasets.forget("shop", "K0007", by="test")
    assert client.get("/customers/K0007?dataset=shop").status_code == 404
    assert client.get("/customers/~7?dataset=shop").status_code == 404
    assert client.get("/customers/K0007?dataset=nowhere").status_code == 404
    for sort in ("spend", "@confidence"):
        assert "K0007" not in keys(services, CustomerQuery(sort=sort))
        assert services.customers.page("shop", CustomerQuery(sort=sort), 0, 1).total == 203


def test_what_training_left_out_did_not_form_the_segments(shop):
    services, _ = shop

    def used() -> set[str]:
        return {each.name for each in services.customers.customer("shop", "K0001").attributes if each.used}

    assert "spend" in used()
    with services.database.writing() as session:
        told = json.dumps([{"feature": "spend_per_visit", "excluded": "every customer has the same value"}])
        session.execute(text("UPDATE model_version SET preparation = :told"), {"told": told})
    assert "spend" not in used()
