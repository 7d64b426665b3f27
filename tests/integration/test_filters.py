"""Filters: what a text says is who SQL finds; kept under a name, used in the table, a file and a command."""

import csv
import json

import pytest
from integration.test_pages_http import Pages
from sqlalchemy import text

from segmentation.customer_views import CustomerQuery
from segmentation.errors import KindredError, NotFoundError
from segmentation.services import Services
from tests.integration.profiled import customers_frame, store_customers, store_run

ASSIGNED = """SELECT c.customer_key FROM customers_shop c JOIN assignment a ON a.customer_id = c.customer_id
    JOIN segment s ON s.id = a.segment_id JOIN segment_identity i ON i.id = s.identity_id WHERE """


@pytest.fixture
def shop(database, settings):
    frame, labels = customers_frame()
    store_run(database, store_customers(database, "shop", frame), frame, labels)
    services = Services(settings)
    yield services
    services.close()


def found(services, *texts):
    wanted = CustomerQuery.narrowed(services.filters.of_texts("shop", texts))
    return {row.key for row in services.customers.page("shop", wanted, 0, 500).rows}


def in_sql(services, where):
    with services.database.reading() as session:
        return set(session.scalars(text(ASSIGNED + where)))


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        (["spend>=40", "spend <= 130"], "c.spend BETWEEN 40 AND 130"),
        (["city=Oslo", "member=yes"], "c.city = 'Oslo' AND c.member"),
        (["visits missing"], "c.visits IS NULL"),
        (["visits=5"], "c.visits = 5"),
        (["segment=light-spenders", "visits>=4"], "i.slug = 'light-spenders' AND c.visits >= 4"),
        (["confidence=borderline"], "a.confidence < 0.05"),
    ],
)
def test_texts_find_who_sql_finds(shop, texts, where):
    people = found(shop, *texts)
    assert people == in_sql(shop, where)
    assert 0 < len(people) < 204


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["spend"], "'spend' is no filter: write attribute>=value"),
        (["spendd>=3"], "there is no column 'spendd'; did you mean 'spend'?"),
        (["spend>=much"], "Spend: 'much' is not a number"),
        (["spend>=9", "spend<=3"], "turn the two round"),
        (["spend>=9", "spend>=3"], "asks for spend a second time"),
        (["city>=Oslo"], "has no order; write attribute=value"),
        (["city=Oslo'; DROP TABLE customers_shop; --", "city=x"], "asks for city a second time"),
        (["confidence=certain"], "'certain' is no word of confidence"),
    ],
)
def test_a_text_that_cannot_be_is_refused_in_words(shop, texts, says):
    with pytest.raises(KindredError, match=says.replace("?", r"\?")):
        shop.filters.of_texts("shop", texts)


def test_a_value_is_never_sql(shop):
    assert found(shop, "city=Oslo' OR '1'='1") == set()
    assert len(found(shop, "spend>=0")) == 204


def test_a_filter_is_kept_used_replaced_and_deleted(shop, tmp_path):
    asked = shop.filters.of_texts("shop", ["city=Oslo", "segment=high-spenders"])
    shop.filters.save("shop", "  Rich  Oslo ", asked.as_json(), by="ana")
    assert shop.filters.named("shop", "Rich Oslo") == asked
    assert found(shop, "Rich Oslo") == in_sql(shop, "c.city = 'Oslo' AND i.slug = 'high-spenders'")
    again = shop.filters.of_texts("shop", ["city=Bergen"])
    shop.filters.save("shop", "Rich Oslo", again.as_json(), by="bo")
    assert [(each.name, each.saved_by) for each in shop.filters.list("shop")] == [("Rich Oslo", "bo")]
    with shop.database.writing() as session:
        session.execute(text("UPDATE attribute SET name = 'town' WHERE name = 'city'"))
    with pytest.raises(KindredError, match="filter 'Rich Oslo' no longer fits: there is no column 'city'"):
        shop.filters.named("shop", "Rich Oslo")
    shop.filters.delete("shop", "Rich Oslo", by="bo")
    with pytest.raises(NotFoundError, match="none is saved"):
        shop.filters.named("shop", "Rich Oslo")
    for name, body, says in (("", {"word": "clear"}, "give the filter a name"), ("x", {}, "nothing narrows"),
                             ("x" * 61, {"word": "clear"}, "61 characters")):  # fmt: skip
        with pytest.raises(KindredError, match=says):
            shop.filters.save("shop", name, body, by="bo")


def test_the_page_saves_uses_and_deletes_a_filter(shop):
    pages = Pages(shop)
    query = {"dataset": "shop", "segment": "", "word": "", "filter": ""}
    asked = {"prefix": "K0", "segment": "light-spenders", "word": "", "columns": [],
             "conditions": [{"attribute": "city", "level": "Oslo"}]}  # fmt: skip

    def keep(triggered, name="", chosen="*"):
        inputs = [("customers--query", "data", query), ("customers--save", "n_clicks", 1),
                  ("customers--delete", "n_clicks", 1)]  # fmt: skip
        state = [("customers--filter-name", "value", name), ("customers--saved", "value", chosen),
                 ("customers--asked", "data", asked)]  # fmt: skip
        return pages.call(inputs, state, triggered=triggered)

    saved = keep("customers--save.n_clicks", "Light Oslo")
    assert saved["customers--saved.options"][-1] == {"label": "Light Oslo", "value": "=Light Oslo"}
    assert "prefix" not in json.dumps(shop.filters.list("shop")[0].body)  # a key is a customer's
    used = pages.call([("customers--saved", "value", "=Light Oslo")], [("customers--query", "data", query)])
    assert used["customers--segment.value"] == "light-spenders"
    assert used["customers--word.value"] == "*"
    assert used["customers--conditions.data"][0]["level"] == "Oslo"
    gone = keep("customers--delete.n_clicks", chosen="=Light Oslo")
    assert [each["value"] for each in gone["customers--saved.options"]] == ["*"]


def test_the_command_writes_who_a_filter_finds(run, place, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("id,age,city\n" + "".join(f"{n},{n},{'Oslo' if n % 2 else 'Bergen'}\n" for n in range(40)))
    run("import", people, "--dataset", "shop", "--json")
    out = tmp_path / "out.csv"
    result = run("export", "--dataset", "shop", "--filter", "age>=10", "--filter", "city=Oslo", "--out", out, "--json")
    assert json.loads(result.stdout)["customers"] == 15
    ages = {int(row["age"]) for row in csv.DictReader(out.read_text().splitlines())}
    assert ages == set(range(11, 40, 2))
    refused = run("export", "--dataset", "shop", "--filter", "old", "--out", out)
    assert refused.exit_code == 1
