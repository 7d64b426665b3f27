"""The Explore page equals what pandas and scipy say of the rows of the store; few customers, many columns."""

import json

import numpy as np
import pandas as pd
import pytest
from integration.test_pages_http import Pages
from scipy.stats import chi2_contingency, spearmanr
from sqlalchemy import text

from dashboard.cards import explore as cards
from segmentation.jobs import HANDLERS
from segmentation.progress import no_progress
from segmentation.services import Services
from segmentation.services import exploring as module
from segmentation.services.imports import ImportOptions

N = 400


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


def bring(services, tmp_path, frame, slug="shop"):
    path = tmp_path / f"{slug}.csv"
    frame.to_csv(path, index=False)
    services.imports.import_file(path, slug, ImportOptions(key="customer id"), by="t")


@pytest.fixture
def shop(services, tmp_path):
    return filled(services, tmp_path)


@pytest.fixture
def shop_on_both(settings, tmp_path):
    services = Services(settings)
    yield filled(services, tmp_path)
    services.close()


def filled(services, tmp_path):
    rng = np.random.default_rng(8)
    income = rng.normal(50_000, 9_000, N).round()
    income[5] = 666_666
    frame = pd.DataFrame(
        {
            "customer id": np.arange(N),
            "income": income,
            "wine": (income / 1000 + rng.normal(0, 8, N)).round(2),
            "city": np.where(income > 52_000, "Oslo", np.where(rng.random(N) < 0.5, "Bergen", "Hamar")),
            "plan": np.where(rng.random(N) < 0.3, "Gold", "Basic"),
            "joined": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, N), "D"),
        }
    )
    frame.loc[:11, "wine"] = np.nan
    bring(services, tmp_path, frame)
    services.exploring.refresh("shop")
    return services


def stored(services) -> pd.DataFrame:
    with services.database.reading() as session:
        return pd.DataFrame(session.execute(text("SELECT * FROM customers_shop")).mappings().all())


def opened(pages, query):
    """What the page begins with: of everybody, or of the filter in its address."""
    whom = pages.call([query])
    inputs = [("explore--filter", "value", whom["explore--filter.value"]), ("explore--job-done", "data", None)]
    return whom | pages.call(inputs, [query, ("explore--column", "value", "")])


def test_columns_equal_a_recomputation(shop):
    rows, view = stored(shop), shop.exploring.view("shop")
    told = {each.name: each for each in view.columns}
    assert (view.state, view.customers, view.sampled) == ("ready", N, N)
    wine, income, city = told["wine"], told["income"], told["city"]
    assert (wine.missing, wine.customers, wine.distinct) == (12, N - 12, rows["wine"].nunique())
    assert income.mean == pytest.approx(rows["income"].mean())
    assert income.quantiles["0.5"] == pytest.approx(rows["income"].median())
    lower, upper = rows["income"].quantile([0.25, 0.75])
    assert income.far["above"] == (rows["income"] > upper + 3 * (upper - lower)).sum() >= 1
    assert {each["level"]: each["customers"] for each in city.levels} == rows["city"].value_counts().to_dict()
    histogram = income.histogram
    assert sum(histogram["counts"]) + histogram["below"] + histogram["above"] == N


def test_pairs_equal_a_recomputation(shop):
    rows = stored(shop)
    found = {(each.first, each.second): each for each in shop.exploring.pairs_of("shop", "income")}
    pair, both = found["income", "wine"], rows.dropna(subset=["wine"])
    assert pair.value == pytest.approx(both["income"].corr(both["wine"]))
    assert pair.rank_value == pytest.approx(spearmanr(both["income"], both["wine"]).statistic)
    assert pair.customers == N - 12
    groups = rows.groupby("city")["income"]
    between = (groups.size() * (groups.mean() - rows["income"].mean()) ** 2).sum()
    ratio = np.sqrt(between / ((rows["income"] - rows["income"].mean()) ** 2).sum())
    assert found["city", "income"].value == pytest.approx(ratio)
    (cities,) = [each for each in shop.exploring.pairs_of("shop", "plan") if each.measure == "cramers_v"]
    chi2 = chi2_contingency(pd.crosstab(rows["city"], rows["plan"]), correction=False).statistic
    assert cities.value == pytest.approx(np.sqrt(chi2 / N))
    assert shop.exploring.pairs_of("shop", "nothing") == []


def test_the_page_shows_the_same_figures(shop):
    pages = Pages(shop)
    query = ("explore--query", "data", {"dataset": "shop", "column": "wine", "filter": ""})
    start = opened(pages, query)
    head = json.dumps(start["explore--head.children"], ensure_ascii=False)
    assert "5 columns, one with missing values" in head
    assert f"12 of {5 * N:,}" in head
    assert start["explore--column.value"] == "wine"
    options = ("explore--column", "options", start["explore--column.options"])
    whom = ("explore--filter", "value", "*")
    one = pages.call([("explore--column", "value", "wine"), options], [whom, query])
    shown = json.dumps(one, ensure_ascii=False)
    assert "12 (3.0%)" in shown
    pair = shop.exploring.pairs_of("shop", "wine")[0]
    assert f'"{pair.rank_value:.2f}"' in shown
    inputs = [("explore--order", "value", "missing"), ("explore--find", "value", "i"), ("explore--more", "n_clicks", 0)]
    state = [("explore--rows", "data", 25), whom, query]
    listed = json.dumps(pages.call([*inputs, options], state)["explore--list.children"])
    assert "4 of 4 columns" in listed  # city has an i, and joined, wine, income; plan has none
    assert listed.index("Wine") < listed.index("Income")


def test_whom_a_saved_filter_finds_is_described_as_a_recomputation_says(shop_on_both, monkeypatch):
    shop = shop_on_both
    shop.filters.save("shop", "Rich Oslo", {"conditions": [{"attribute": "city", "level": "Oslo"}]}, by="t")
    by, rows = shop.filters.named("shop", "Rich Oslo"), stored(shop)
    rows = rows[rows["city"] == "Oslo"]
    view = shop.exploring.view("shop", by)
    told = {each.name: each for each in view.columns}
    assert (view.state, view.customers, view.looked, view.sampled) == ("ready", len(rows), None, len(rows))
    assert told["income"].mean == pytest.approx(rows["income"].mean())
    assert told["wine"].missing == rows["wine"].isna().sum()
    assert {each["level"]: each["customers"] for each in told["plan"].levels} == rows["plan"].value_counts().to_dict()
    (pair,) = [each for each in shop.exploring.pairs_of("shop", "income", by) if "wine" in (each.first, each.second)]
    assert pair.value == pytest.approx(rows["income"].corr(rows["wine"]))
    names, within = shop.exploring.core("shop", by)
    assert {"income", "wine"} <= set(names)
    assert pair in within
    query = ("explore--query", "data", {"dataset": "shop", "column": "wine", "filter": "Rich Oslo"})
    pages = Pages(shop)
    start = opened(pages, query)
    assert (start["explore--filter.value"], start["explore--whom.hidden"]) == ("=Rich Oslo", False)
    assert f"Rich Oslo: {len(rows)} customers" in json.dumps(start["explore--head.children"])
    inputs = [("explore--column", "value", "wine"), ("explore--column", "options", start["explore--column.options"])]
    one = json.dumps(pages.call(inputs, [("explore--filter", "value", "=Rich Oslo"), query]))
    assert f"{rows['wine'].isna().sum()} (" in one
    assert "/customers?dataset=shop&filter=Rich+Oslo" in one
    shop.filters.save("shop", "One", {"conditions": [{"attribute": "income", "low": 600_000}]}, by="t")
    few = opened(pages, ("explore--query", "data", {"dataset": "shop", "column": "", "filter": "One"}))
    assert "One: 1 customer, too few to describe" in json.dumps(few["explore--head.children"])
    assert (few["explore--ask.hidden"], few["explore--whom.hidden"]) == (True, False)


def test_of_many_found_a_seeded_sample_is_described(shop, monkeypatch):
    monkeypatch.setattr(module, "MOST_CELLS", 500)
    monkeypatch.setattr(module, "SAMPLE_ROWS", 20)
    by = shop.filters.of_texts("shop", ["income>=0"])
    view = shop.exploring.view("shop", by)
    assert (view.customers, view.looked, view.sampled) == (N, 100, 20)
    assert sum(each["customers"] for each in view.columns[2].levels) == 100
    assert "100 of them, drawn at random" in json.dumps(cards.head("shop", view, "All").to_plotly_json(), default=str)


def test_what_is_kept_is_looked_at_again_when_customers_change_and_by_a_job_when_large(shop_on_both, monkeypatch):
    shop = shop_on_both
    before = shop.exploring.view("shop")
    shop.datasets.forget("shop", "3", by="t")
    monkeypatch.setattr(module, "MOST_CELLS", 10)
    stale = shop.exploring.view("shop")
    assert (stale.state, stale.computed_at) == ("stale", before.computed_at)
    pages = Pages(shop)
    query = ("explore--query", "data", {"dataset": "shop", "column": "", "filter": ""})
    start = opened(pages, query)
    assert start["explore--ask.hidden"] is False
    assert "changed since" in json.dumps(start["explore--head.children"])
    done = HANDLERS["explore"](shop, "shop", {}, "t", no_progress)
    assert done == {"columns": 5}
    assert (shop.exploring.view("shop").state, shop.exploring.view("shop").customers) == ("ready", N - 1)
    with shop.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM correlation")).scalar() == 10
    with shop.database.writing() as session:
        session.execute(text("UPDATE summary SET state = '0 ' || state"))  # as an older version kept it
    assert shop.exploring.view("shop").state == "missing"


def test_nobody_and_a_handful_are_not_described(services, tmp_path):
    pages = Pages(services)
    empty = opened(pages, ("explore--query", "data", {"dataset": None, "column": "", "filter": ""}))
    assert "No customers yet" in json.dumps(empty["explore--head.children"])
    bring(services, tmp_path, pd.DataFrame({"customer id": range(9), "age": range(20, 29)}))
    few = opened(pages, ("explore--query", "data", {"dataset": "shop", "column": "", "filter": ""}))
    assert "Too few customers" in json.dumps(few["explore--head.children"])
    assert few["explore--ask.hidden"] is True


def test_two_hundred_columns_stay_readable(services, tmp_path):
    rng = np.random.default_rng(1)
    base = rng.normal(size=60)
    columns = {f"measure {at}": (base * (at % 3) + rng.normal(size=60)).round(3) for at in range(200)}
    bring(services, tmp_path, pd.DataFrame({"customer id": range(60)} | columns))
    view = services.exploring.view("shop")
    assert (len(view.columns), view.compared) == (200, 200 * 199 // 2)
    names, within = services.exploring.core("shop")
    assert (len(names), len(within)) == (12, 66)
    assert len(services.exploring.pairs_of("shop", names[0])) == 199
