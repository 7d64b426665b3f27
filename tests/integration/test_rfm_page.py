"""The RFM page equals what pandas counts over the rows of the store, on both databases."""

import json

import numpy as np
import pandas as pd
import pytest
from integration.test_pages_http import Pages
from sqlalchemy import text

from segmentation.errors import KindredError
from segmentation.features.rfm import NAMES, group_of
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.services.training import TrainOptions

N = 600
STORED = """SELECT c.customer_id, c.recency AS recency_days, c.web_purchases, c.store_purchases, c.spend, i.slug
    FROM customers_shop c LEFT JOIN assignment a ON a.customer_id = c.customer_id
    LEFT JOIN segment s ON s.id = a.segment_id LEFT JOIN segment_identity i ON i.id = s.identity_id"""


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def shop(services, tmp_path):
    """600 customers in three groups, one without a last purchase; two segments."""
    rng = np.random.default_rng(4)
    kind = rng.integers(0, 3, N)
    frame = pd.DataFrame(
        {
            "customer id": np.arange(N),
            "recency": rng.poisson(np.array([5, 60, 250])[kind]),
            "web purchases": rng.poisson(np.array([9, 3, 1])[kind]),
            "store purchases": rng.poisson(2, N),
            "spend": rng.gamma(np.array([9, 3, 1])[kind], 40).round(2),
        }
    ).astype({"recency": object})
    frame.loc[7, "recency"] = ""
    path = tmp_path / "shop.csv"
    frame.to_csv(path, index=False)
    services.imports.import_file(path, "shop", ImportOptions(key="customer id"), by="t")
    services.training.train("shop", TrainOptions(k=2, validate=False), by="t")
    return services


def recomputed(services) -> pd.DataFrame:
    """Scores by pandas: quintiles of the values themselves."""
    with services.database.reading() as session:
        rows = pd.DataFrame(session.execute(text(STORED)).all())
    rows = rows[rows["recency_days"].notna()]
    frequency = rows["web_purchases"] + rows["store_purchases"]

    def fifths(figures):
        ordered = np.sort(figures.to_numpy())
        at = [ordered[int(np.ceil(q * len(ordered))) - 1] for q in (0.2, 0.4, 0.6, 0.8)]
        return sum((figures > cut).astype(int) for cut in at) + 1

    r, f, m = fifths(-rows["recency_days"]), fifths(frequency), fifths(rows["spend"])
    rows["cell"] = list(zip(r, (f + m + 1) // 2, strict=True))
    return rows.assign(group=[group_of(*cell) for cell in rows["cell"]])


def test_groups_cells_and_crossing_equal_a_recomputation(shop):
    rows, view = recomputed(shop), shop.rfm.view("shop")
    assert (view.customers, view.scored) == (N, N - 1)
    counts, sums = rows["group"].value_counts(), rows.groupby("group")["spend"].sum()
    assert {each.name: each.customers for each in view.groups} == {name: counts.get(name, 0) for name in NAMES}
    for each in view.groups:
        assert each.value == pytest.approx(sums.get(each.name, 0.0))
        assert each.value_share == pytest.approx(sums.get(each.name, 0.0) / rows["spend"].sum())
    cells = rows["cell"].value_counts()
    assert all(cell.customers == cells.get((cell.r, cell.fm), 0) for row in view.grid for cell in row)
    crossed = pd.crosstab(rows["slug"], rows["group"], normalize="index")
    everyone = rows["group"].value_counts(normalize=True)
    assert len(view.segments) == 2
    for segment in view.segments:
        for at, name in enumerate(NAMES):
            share = crossed.loc[segment.slug].get(name, 0.0)
            assert segment.counts[at] / segment.customers == pytest.approx(share)
            if name in everyone:
                assert segment.lift(at) == pytest.approx(share / everyone[name])
            else:
                assert segment.lift(at) is None


def test_the_page_says_the_same_and_is_computed_anew_when_customers_change(shop):
    pages = Pages(shop)
    asked = [("rfm--query", "data", {"dataset": "shop"})]
    view, shown = shop.rfm.view("shop"), json.dumps(pages.call(asked), ensure_ascii=False)
    best = max(view.groups, key=lambda each: each.value_share)
    assert f"{best.people}: {100 * best.share:.0f}% of buyers, {100 * best.value_share:.0f}% of spending" in shown
    assert f"{N - 1} of {N} customers are scored" in shown
    assert "purchases (2 columns added up)" in shown
    assert all(f'"{each.customers:,}"' in shown for each in view.groups if each.customers)
    with shop.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM summary")).scalar() == 1
    shop.datasets.forget("shop", "8", by="t")
    assert shop.rfm.view("shop").scored == N - 2 == len(recomputed(shop))


def test_a_group_narrows_the_customers_is_kept_as_a_filter_and_is_exported(shop, tmp_path):
    rows = recomputed(shop)
    at_risk = set(rows.loc[rows["group"] == "At risk", "customer_id"])
    asked = shop.filters.of_texts("shop", ["rfm=At risk"])
    assert set(shop.customers.ids("shop", asked).tolist()) == at_risk
    assert len(at_risk) > 0
    rich = shop.filters.of_texts("shop", ["rfm=At risk", "spend>=100"])
    assert set(shop.customers.ids("shop", rich).tolist()) == at_risk & set(
        rows.loc[rows["spend"] >= 100, "customer_id"]
    )
    shop.filters.save("shop", "Going", asked.as_json(), by="t")
    assert shop.filters.named("shop", "Going") == asked
    written = shop.exports.export("shop", tmp_path / "out.csv", only=shop.customers.ids("shop", asked).tolist())
    assert written.customers == len(at_risk)
    with pytest.raises(KindredError, match="RFM group: 'Nobody' is none of them; choose Champions, Loyal"):
        shop.filters.of_texts("shop", ["rfm=Nobody"])
    pages = Pages(shop)
    told = json.dumps(pages.call([("rfm--query", "data", {"dataset": "shop"})]))
    assert "/customers?dataset=shop&rfm=At+risk" in told
    query = {"dataset": "shop", "segment": "", "word": "", "filter": "", "rfm": "At risk"}
    start = pages.call([("customers--query", "data", query)])
    assert start["customers--conditions.data"] == [{"attribute": "@rfm", "level": "At risk"}]
    chips = pages.call([("customers--conditions", "data", start["customers--conditions.data"])],
                       [("customers--query", "data", query)])  # fmt: skip
    assert "RFM group: At risk" in json.dumps(chips)


def test_purchases_are_scored_at_their_day_and_little_of_them_is_said(services, tmp_path):
    path = tmp_path / "lines.csv"
    lines = [f"{i},C{i % 9},2024-0{1 + i % 3}-1{i % 9},{10 + i}" for i in range(40)]
    path.write_text("\n".join(["invoice,customer_id,date,amount", *lines]))
    services.imports.import_file(path, "shop", ImportOptions(kind="transactions"), by="t")
    view = services.rfm.view("shop")
    assert (view.scored, view.customers, view.as_of.isoformat()) == (9, 9, "2024-03-18")
    assert len(view.doubts) == 2
    assert view.segments == []
    shown = json.dumps(Pages(services).call([("rfm--query", "data", {"dataset": "shop"})]))
    assert "Low evidence" in shown
    assert "Find segments" in shown
    assert "too few to tell" in shown  # nine customers: nothing of what a group spends


def test_a_dataset_without_dates_says_what_it_needs(services, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,age\n1,20\n2,30\n")
    services.imports.import_file(path, "people", ImportOptions(), by="t")
    pages = Pages(services)
    asked = services.filters.of_texts("people", ["rfm=Lost"])
    with pytest.raises(KindredError, match="dataset 'people' has no RFM groups: its columns tell no dates; add purch"):
        services.customers.ids("people", asked)
    shown = json.dumps(pages.call([("rfm--query", "data", {"dataset": "people"})]))
    assert "no column says when a customer bought last" in shown
    assert "Add purchases" in shown
    side = pages.call(
        [("_pages_location", "pathname", "/"), ("_pages_location", "search", ""), ("shell--again", "data", None)]
    )
    assert json.dumps(side).count("needs dates") == 1
