"""What overview, segments, a segment, the comparison and a customer show is what pandas counts over the rows of SQL."""

import json

import pandas as pd
import pytest
from integration.test_pages_http import Pages
from sqlalchemy import text

from dashboard import formatting as f
from segmentation.services import Services
from tests.integration.profiled import customers_frame, store_customers, store_run

STORED = """SELECT c.*, a.confidence, i.slug, i.name FROM customers_shop c
    JOIN assignment a ON a.customer_id = c.customer_id JOIN segment s ON s.id = a.segment_id
    JOIN segment_identity i ON i.id = s.identity_id"""
PROFILE = 8  # cells of a row: attribute, here, next, everyone, distance, set apart, missing, formed
TOLD = ["high-spenders", "light-spenders", "frequent-visitors"]  # the fourth has four members


@pytest.fixture
def services(sqlite_database, sqlite_settings):
    frame, labels = customers_frame()
    store_run(sqlite_database, store_customers(sqlite_database, "shop", frame), frame, labels)
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def stored(services) -> pd.DataFrame:
    with services.database.reading() as session:
        return pd.DataFrame(session.execute(text(STORED)).mappings().all())


def words(part) -> str:
    """The text of a component as JSON, without the tips of its terms."""
    if isinstance(part, list):
        return " ".join(filter(None, map(words, part)))
    if not isinstance(part, dict):
        return "" if part is None or isinstance(part, bool) else str(part)
    return "" if part.get("props", {}).get("role") == "tooltip" else words(part.get("props", {}).get("children"))


def rows(part, kind="Tr") -> list[list[str]]:
    """The cells of every row of every table (or, as "Div", of every fact), in words."""
    if isinstance(part, list):
        return [row for each in part for row in rows(each, kind)]
    if not isinstance(part, dict):
        return []
    children = part.get("props", {}).get("children")
    if part.get("type") == kind and isinstance(children, list):
        return [[words(each) for each in children]]
    return rows(children, kind)


def row_of(found, *begins) -> list[str]:
    return next(row for row in found if all(row[at].startswith(each) for at, each in enumerate(begins)))


def shown(services, page, **query):
    inputs = [(f"{page}--query", "data", {"dataset": "shop"} | query)]
    inputs += [(f"{page}--changed", "data", None)] if page == "segment" else []
    answer = Pages(services).call(inputs)
    return next(value for name, value in answer.items() if name.endswith("body.children"))


def test_the_overview_and_the_segments_count_as_sql_does(services, stored):
    total = stored["spend"].sum()
    overview, listed = rows(shown(services, "overview")), rows(shown(services, "segments"))
    said = json.dumps(shown(services, "overview"), ensure_ascii=False)
    for figure in (f.number(len(stored)), f.number(total), f.number(total / len(stored)),
                   f.percent((stored["confidence"] < 0.05).mean())):  # fmt: skip
        assert figure in said
    for slug, members in stored.groupby("slug"):
        name = members["name"].iloc[0]
        row, long = row_of(overview, name), row_of(listed, name)
        assert f.number(len(members)) in row
        assert f.number(len(members)) in long
        assert f.percent(len(members) / len(stored)) in row
        assert f.percent((members["confidence"] < 0.05).mean()) == long[-1]
        if slug in TOLD:
            assert f.percent(members["spend"].sum() / total) in row
            assert f.number(members["spend"].sum() / len(members)) in row
            assert f.number(members["spend"].sum() / len(members)) in long
        else:
            assert f.number(members["spend"].sum() / len(members)) not in [*row, *long]


@pytest.mark.parametrize("slug", TOLD)
def test_a_segment_tells_averages_shares_and_distances_as_sql_does(services, stored, slug):
    members = stored[stored["slug"] == slug]
    profile = [row for row in rows(shown(services, "segment", segment=slug)) if len(row) == PROFILE]
    for name in ("spend", "visits"):
        row = row_of(profile, name.capitalize(), f.average(members[name].mean(), name))
        assert f.average(stored[name].mean(), name) in row
        distance = (members[name].mean() - stored[name].mean()) / stored[name].std(ddof=0)
        assert f.change(distance, 2) == row[4]
        missing = members[name].isna().mean()
        assert (f.percent(missing) if missing else "none") in row
    member = row_of(profile, "Member")
    told = [f.percent(each["member"].astype(float).mean()) for each in (members, stored)]
    assert [member[1], member[3]] == told


def test_a_customer_is_told_beside_the_medians_of_sql(services, stored):
    one = stored[stored["slug"] == "light-spenders"].iloc[5]
    members = stored[stored["slug"] == one["slug"]]
    told = rows(shown(services, "customer", customer=one["customer_key"]))
    for name in ("spend", "visits"):
        row = row_of(told, name.capitalize())
        expected = [f.observed(float(each), name) for each in
                    (one[name], members[name].median(), stored[name].median())]  # fmt: skip
        assert [each for each in expected if each in row] == expected
    same = [f"{f.percent((each['city'] == one['city']).mean())} the same" for each in (members, stored)]
    assert row_of(told, "City") == ["City", one["city"], *same]


def test_the_heat_map_tells_averages_as_sql_does(services, stored):
    inputs = [("contrast--order", "value", "apart"), ("contrast--query", "data", {"dataset": "shop"})]
    heat = rows(Pages(services).call(inputs)["contrast--heat.children"])
    members = [stored[stored["slug"] == slug] for slug in TOLD]
    for name in ("spend", "visits"):
        told = [f.average(each[name].mean(), name) for each in members]
        row = row_of(heat, name.capitalize())
        assert [*row[1:4], row[5]] == [*told, f.average(stored[name].mean(), name)]
    shares = [f.percent(each["member"].astype(float).mean(), 0) for each in (*members, stored)]
    row = row_of(heat, "Member")
    assert [*row[1:4], row[5]] == shares
    assert {row[4] for row in heat[1:]} == {"–"}  # of four members nothing is told
