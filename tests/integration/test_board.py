"""Compare, overview, segment and map over HTTP: what they say is what a count of the store says."""

import json
import shutil

import numpy as np
import pytest
from integration.profiled import NAMES, customers_frame, store_customers, store_run
from integration.test_pages_http import ORIGIN, Pages
from sqlalchemy import text

from dashboard.formatting import average
from segmentation.config import Settings
from segmentation.services import Services

SLUGS = [name.lower().replace(" ", "-") for name in NAMES]


@pytest.fixture(scope="module")
def services(migrated_file, tmp_path_factory):
    """`shop` with a scored champion of four segments, `empty` with nobody; only read."""
    folder = tmp_path_factory.mktemp("board")
    shutil.copy(migrated_file, folder / "kindred.db")
    settings = Settings(
        data_dir=folder, database_url=f"sqlite:///{folder / 'kindred.db'}", secret_key="secret-of-the-tests"
    )
    services = Services(settings)
    frame, labels = customers_frame()
    store_run(services.database, store_customers(services.database, "shop", frame), frame, labels)
    store_customers(services.database, "empty", frame.head(0))
    yield services
    services.close()


@pytest.fixture(scope="module")
def pages(services):
    return Pages(services)


def rows(services, select):
    with services.database.reading() as session:
        return session.execute(text(select)).all()


def contrast(page_dataset, segments=()):
    return ("contrast--query", "data", {"dataset": page_dataset, "segments": list(segments)})


def nodes(part, kind):
    """Every component of a kind inside an answer, in reading order."""
    if isinstance(part, list):
        return [node for each in part for node in nodes(each, kind)]
    if not isinstance(part, dict):
        return []
    own = [part] if part.get("type") == kind else []
    return own + nodes(part.get("props", {}).get("children"), kind)


def words(part):
    """The text of an answer as it is read."""
    if isinstance(part, list):
        return "".join(map(words, part))
    if isinstance(part, dict):
        return words(part.get("props", {}).get("children"))
    return "" if part is None else str(part)


def heat(pages, order="apart"):
    answer = pages.call([("contrast--order", "value", order), contrast("shop")])
    (table,) = nodes(answer["contrast--heat.children"], "Table")
    found = {}
    for line in nodes(table["props"]["children"], "Tr"):
        cells = (
            [words(cell) for cell in line["props"]["children"]] if isinstance(line["props"]["children"], list) else []
        )
        found[cells[0] if cells else words(line)] = cells[1:]
    return found


def test_every_cell_of_the_heat_map_is_the_average_that_sql_gives(pages, services):
    told = heat(pages)
    averages = """SELECT avg(c.spend), avg(c.visits), avg(c.member), avg(CASE WHEN c.city = 'Oslo' THEN 1.0 ELSE 0 END)
        FROM assignment a JOIN customers_shop c ON c.customer_id = a.customer_id GROUP BY a.segment_id
        ORDER BY a.segment_id"""
    by_segment = rows(services, averages)
    city = "City: Oslo" if "City: Oslo" in told else "City: Bergen"
    for at, (spend, visits, member, oslo) in enumerate(by_segment[:3]):
        assert told["Spend"][at] == (f"{spend:,.0f}" if spend >= 99.95 else f"{spend:.1f}")
        assert told["Visits"][at] == f"{visits:.1f}"
        assert told["Member"][at] == f"{100 * member:.0f}%"
        assert told[city][at] == f"{100 * (oslo if city.endswith('Oslo') else 1 - oslo):.0f}%"
    assert [line[3] for line in (told["Spend"], told["Visits"])] == ["–", "–"]  # four people: nothing is told
    ((everyone,),) = rows(services, "SELECT avg(spend) FROM customers_shop")
    assert told["Spend"][4] == f"{everyone:,.0f}"
    assert told["Spend"][5] == "High only in High spenders"


def test_the_rows_stand_in_the_order_asked_for(pages, services):
    by_name = [name for name in heat(pages, "name") if name and name[0].isupper()]
    assert by_name == sorted(by_name, key=str.casefold)
    for_visitors = list(heat(pages, "frequent-visitors"))
    assert for_visitors.index("Visits") < for_visitors.index("Spend")
    assert list(heat(pages)).index("Spend") < list(heat(pages)).index("Visits")


def test_two_to_four_segments_stand_side_by_side(pages, services):
    start = pages.call([contrast("shop", ["high-spenders", "frequent-visitors", "nobody"])])
    assert start["contrast--chosen.value"] == ["high-spenders", "frequent-visitors"]
    view = services.profiles.contrasts("shop")
    assert pages.call([contrast("shop")])["contrast--chosen.value"] == [view.segments[at].slug for at in view.alike]
    answer = pages.call([("contrast--chosen", "value", start["contrast--chosen.value"])], [contrast("shop")])
    shown = words(answer["contrast--beside.children"])
    assert "High spenders and Frequent visitors differ most in spend" in shown
    each = dict(rows(services, """SELECT a.segment_id, avg(c.spend) FROM assignment a
        JOIN customers_shop c ON c.customer_id = a.customer_id GROUP BY a.segment_id"""))  # fmt: skip
    assert f"spends {each[1] / each[3]:.1f} times as much as one of Frequent visitors" in shown
    options = {option["value"]: option["disabled"] for option in answer["contrast--chosen.options"]}
    assert options == {"high-spenders": True, "frequent-visitors": True, "light-spenders": False}


def test_the_comparison_can_be_had_as_picture_and_as_table(pages):
    answer = pages.call([("contrast--order", "value", "apart"), contrast("shop")])
    beside = pages.call([("contrast--chosen", "value", SLUGS[:2])], [contrast("shop")])
    for part in (answer["contrast--heat.children"], beside["contrast--beside.children"]["props"]["children"][0]):
        asked = json.dumps(part)
        assert '"data-k-kind": "csv"' in asked
        assert '"data-k-kind": "png"' in asked


def test_without_two_segments_the_page_leads_on(pages):
    answer = pages.call([contrast("empty")])
    assert answer["contrast--all.hidden"] is True
    assert "Find segments" in words(answer["contrast--head.children"])
    assert pages.client.get("/segments/compare?dataset=shop").status_code == 200


def draw(pages, by="segment", dimensions="2", slugs=SLUGS):
    inputs = [("map--segments", "value", slugs), ("map--dimensions", "value", dimensions), ("map--by", "value", by)]
    return pages.call(inputs, [("map--query", "data", {"dataset": "shop"})])["map--body.children"]


def drawn_values(part):
    """What colours the dots of the first trace, and how many dots are hollow."""
    (graph,) = nodes(part, "Graph")
    known, unknown = graph["props"]["figure"]["data"]
    return np.array(known["marker"]["color"]), len(unknown["text"])


def test_the_map_is_coloured_by_any_attribute(pages, services):
    options = pages.call([("map--query", "data", {"dataset": "shop"})])["map--by.options"]
    assert [each["value"] for each in options][:5] == ["segment", "confidence", "spend", "visits", "member"]
    assert {"city:Oslo", "city:Bergen"} <= {each["value"] for each in options}
    on_map = "FROM projection_point p JOIN customers_shop c ON c.customer_id = p.customer_id"
    ((oslo,),) = rows(services, f"SELECT count(*) {on_map} WHERE c.city = 'Oslo'")
    colours, hollow = drawn_values(draw(pages, "city:Oslo"))
    assert (int(colours.sum()), len(colours), hollow) == (oslo, 21, 0)
    spend = [value for (value,) in rows(services, f"SELECT c.spend {on_map} ORDER BY p.customer_id")]
    part = draw(pages, "spend")
    colours, _ = drawn_values(part)
    assert np.argsort(colours).tolist() == np.argsort(spend).tolist()
    low, high = np.quantile(spend, (0.05, 0.95))
    assert f"a twentieth lies under {average(low, 'Spend')}, a twentieth over {average(high, 'Spend')}" in words(part)


def test_the_density_of_the_map_counts_the_dots(pages):
    part = draw(pages, dimensions="density")
    assert "21 of 204 are counted" in words(part)
    (graph,) = nodes(part, "Graph")
    assert graph["props"]["figure"]["data"][0]["type"] == "histogram2dcontour"


def test_a_version_without_its_scree_says_so(pages):
    told = pages.call([("map--query", "data", {"dataset": "shop"})])["map--loadings.children"]
    assert "They were not stored with this version" in words(told)


def test_customers_picked_on_the_map_are_listed_and_come_as_a_file(pages, services):
    picked, query = [40, 1, 131, 9999], {"dataset": "shop"}
    answer = pages.call([("map--picked", "data", picked)], [("map--query", "data", query)])
    assert answer["map--picked-tools.hidden"] is False
    told = words(answer["map--picked-body.children"])
    assert "4 customers picked on the map" in told
    assert told.index("K0040") < told.index("K0001") < told.index("K0131")
    assert "K0002" not in told
    file = pages.client.post("/customers.csv", json={"dataset": "shop", "asked": {"ids": picked}}, headers=ORIGIN)
    lines = file.get_data(as_text=True).splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["K0001", "K0040", "K0131"]
    ((spend,),) = rows(services, "SELECT spend FROM customers_shop WHERE customer_key = 'K0001'")
    assert lines[1].split(",")[1] == repr(spend)
    assert file.headers["X-Kindred-Says"] == "3 customers downloaded"
    wrong = pages.client.post("/customers.csv", json={"dataset": "shop", "asked": {"ids": ["1; drop"]}}, headers=ORIGIN)
    assert (wrong.status_code, "whole numbers" in wrong.get_data(as_text=True)) == (400, True)
    nobody = pages.call([("map--picked", "data", [])], [("map--query", "data", query)])
    assert (nobody["map--picked-tools.hidden"], nobody["map--picked-body.children"]) == (True, "")


def test_the_overview_counts_as_the_store_does(pages, services):
    told = words(pages.call([("overview--query", "data", {"dataset": "shop"})])["overview--body.children"])
    ((customers, spend),) = rows(services, "SELECT count(*), sum(spend) FROM customers_shop")
    ((border,),) = rows(services, "SELECT count(*) FROM assignment WHERE confidence < 0.05")
    assert f"{customers}in four segments" in told
    assert f"{spend:,.0f}" in told
    assert f"{border} customers sit on a border" in told
    shares = """SELECT count(*) * 1.0 / :n, sum(c.spend) / :all FROM assignment a
        JOIN customers_shop c ON c.customer_id = a.customer_id GROUP BY a.segment_id ORDER BY a.segment_id"""
    with services.database.reading() as session:
        by_segment = session.execute(text(shares), {"n": customers, "all": spend}).all()
    for name, (of_customers, of_spend) in list(zip(NAMES, by_segment, strict=True))[:3]:
        assert f"{name}{100 * of_customers:.1f}%{100 * of_spend:.1f}%" in told
    assert "No segment has a play with an owner" in told
    assert "Every segment has its automatic name" in told


def test_a_segment_page_says_where_it_lies_and_that_there_is_no_earlier_run(pages, services):
    query = {"dataset": "shop", "segment": "high-spenders"}
    answer = pages.call([("segment--query", "data", query), ("segment--changed", "data", None)])
    told = words(answer["segment--body.children"])
    on_map = """SELECT count(*) FROM projection_point p JOIN segment s ON s.id = p.segment_id
        JOIN segment_identity i ON i.id = s.identity_id WHERE i.slug = 'high-spenders'"""
    ((dots,),) = rows(services, on_map)
    assert f"21 of 204 shown; in colour the {dots} members among them" in told
    assert "Nothing to compare with yet" in told
