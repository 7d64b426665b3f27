"""The printable report: the stored figures, as a page and as a PDF, whatever the names are."""

import re

import pytest
from integration.profiled import customers_frame, store_customers, store_run
from sqlalchemy import text

from dashboard.app import create_app
from dashboard.report.contents import report
from dashboard.report.pdf import pdf
from segmentation.services import Services

SIZES = """
    SELECT i.name, count(*), sum(c.spend) FROM assignment a JOIN segment s ON s.id = a.segment_id
    JOIN segment_identity i ON i.id = s.identity_id JOIN customers_shop c ON c.customer_id = a.customer_id GROUP BY 1
"""


@pytest.fixture
def shop(sqlite_settings):
    services = Services(sqlite_settings)
    frame, labels = customers_frame()
    store_run(services.database, store_customers(services.database, "shop", frame), frame, labels)
    yield services
    services.close()


def test_its_figures_are_those_of_the_store(shop):
    told = report(shop, "shop")
    with shop.database.reading() as session:
        stored = {name: (n, value) for name, n, value in session.execute(text(SIZES))}
    total, value = (sum(each[at] for each in stored.values()) for at in (0, 1))
    assert {each.name: each.customers for each in told.sizes} == {name: n for name, (n, _) in stored.items()}
    for each in told.sizes:
        n, brought = stored[each.name]
        assert each.share == pytest.approx(n / total)
        assert each.value_share == (None if n < 10 else pytest.approx(brought / value))
    assert dict(told.facts)["Customers"] == str(total)
    few = next(part for part in told.parts if part.size.customers < 10)
    assert few.traits == few.tests == []
    assert few.rule is None
    assert all(part.traits for part in told.parts if part is not few)


def test_the_page_holds_everything_escaped_and_asks_nothing_of_the_network(shop):
    name = "<b>Größte & Älteste</b> «Клиенты» 1"
    shop.editing.edit("shop", "high-spenders", name=name, by="ana")
    client = create_app(shop).server.test_client()
    page = client.get("/report/shop").text
    assert "&lt;b&gt;Größte &amp; Älteste&lt;/b&gt;" in page
    assert "<b>Größte" not in page
    assert page.count("<svg") == 2 + sum(bool(part.traits) for part in report(shop, "shop").parts)
    assert " id=" not in page  # pictures side by side must not share names
    assert not re.search(r'(src|href)="https?:', page.replace("http://www.w3.org", ""))
    answer = client.get("/report/shop.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert answer.data.rstrip().endswith(b"%%EOF")
    assert answer.data == pdf(report(shop, "shop"))


@pytest.mark.parametrize("slug", ["none", "bare"])
def test_without_segments_it_says_what_to_do(shop, slug):
    store_customers(shop.database, "bare", customers_frame()[0])
    client = create_app(shop).server.test_client()
    for address in (f"/report/{slug}", f"/report/{slug}.pdf"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "no dataset 'none'" in answer.text if slug == "none" else "train a model first" in answer.text
