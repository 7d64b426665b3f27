"""Nothing of a customer beyond their key stands in an address, in a log or in what the browser keeps.

That no request leaves the machine is minded by every tab of `open_tab`.
"""

import json
import os
import re
import subprocess
import sys
from urllib.parse import unquote_plus

import pytest

from tests.browser.screenshots import settled
from tests.browser.test_whole_way import SLOW, count
from tests.browser.test_wizard import choose

KEPT = """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie,
  (await indexedDB.databases()).map(each => each.name), await caches.keys()])"""
KEYS = {"kindred-theme", "kindred-tour"}
PATHS = ("/", "/segments", "/map", "/explore", "/rfm", "/strategy", "/models", "/data")
NAME, SPENT, TYPED = "Zebediah Quux", "987654.25", "K00001"


def lines(n):
    return [f"k{i},{NAME} {i},zebediah{i}@quux.example,{float(SPENT) + i},{'ab'[i % 2]}" for i in range(n)]


@pytest.fixture
def forgotten(live):
    """The dataset of the test is deleted after it: the first of a store is what pages show without an address."""
    yield
    command = [sys.executable, "-m", "dashboard", "delete-dataset", "people", "--yes"]
    subprocess.run(command, env=os.environ | {"KINDRED_DATA_DIR": str(live.data_dir)}, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.usefixtures("forgotten")
def test_nothing_of_a_customer_is_in_an_address_a_log_or_a_store_of_the_browser(live, open_tab, tmp_path):
    page, asked, kept = open_tab(), [], []
    page.on("request", lambda request: asked.append(unquote_plus(request.url)))
    file = tmp_path / "people.csv"
    file.write_text("\n".join(["customer id,full name,email,spent,plan", *lines(40), "k1,,,much,a"]))

    def look(wanted, timeout=SLOW):
        page.wait_for_selector(wanted, timeout=timeout)
        settled(page)
        kept.append(page.evaluate(KEPT))

    page.goto("/data")
    settled(page)
    choose(page, file)
    look("#data--first table")
    for step, wanted in (("read", "#data--columns table"), ("columns", "#data--check-facts dl"),
                         ("check", "#batch--body .k-facts")):  # fmt: skip
        page.click(f"#data--{step}-head .btn-primary")
        look(wanted)
    page.goto("/customers/k7?dataset=people")
    look("h1:has-text('k7')")
    for path in PATHS:
        page.goto(f"{path}?dataset=loyalty")
        look("h1:visible")
    page.goto("/customers?dataset=loyalty")
    look("#customers--grid .ag-row")
    page.fill("#customers--prefix", TYPED)
    page.wait_for_function("() => document.querySelector('#customers--says').innerText.startsWith('10 of')")
    page.click("#customers--grid .ag-row[row-index='0'] .ag-cell[col-id='customer_key'] a")
    look("h1:has-text('Customer K00001')")
    page.click("text=Open in the simulator")
    look("#simulator--answer .k-strong")

    row = f"SELECT * FROM customers_loyalty WHERE customer_key LIKE '{TYPED}%' ORDER BY customer_id LIMIT 1"
    secrets = [NAME, "quux.example", *(line.split(",")[3] for line in lines(40))]
    secrets += [f"{count(live, row.replace('*', column)):.2f}" for column in ("spend_groceries", "spend_fashion")]
    telling = re.compile("|".join(rf"(?<![\d.]){re.escape(each.rstrip('0').rstrip('.'))}(?!\d)" for each in secrets))
    assert not [url for url in asked if telling.search(url)]
    assert not [url for url in asked if re.search(r"[?&][^?]*(prefix|spent|spend|email|full.name)=", url)]
    assert not [text for text in kept if telling.search(text) or TYPED in text]
    local, session, cookies, databases, caches = json.loads(kept[-1])
    assert set(local) <= KEYS
    assert re.fullmatch(r"kindred-theme=(light|dark)", cookies)
    assert (databases, caches) == ([], [])
    assert all(name.startswith("data--") for name in session)  # the file under way, by its number
    logs = list((live.data_dir / "logs").iterdir())
    assert logs
    assert not [line for log in logs for line in log.read_text().splitlines() if telling.search(line) or TYPED in line]
