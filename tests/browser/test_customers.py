"""The customers table in a browser: searched, narrowed, opened; what one user asks another does not see."""

import json

import pytest

from tests.browser.screenshots import settled
from tests.browser.test_whole_way import count

FIRST = "#customers--grid .ag-row[row-index='0'] .ag-cell[col-id='customer_key']"


def says(page, text):
    page.wait_for_function("(text) => document.querySelector('#customers--says').innerText === text", arg=text)


@pytest.mark.slow
def test_a_customer_is_found_and_opened(live, open_tab, axe):
    page, other = open_tab(), open_tab(width=390, theme="dark")
    page.goto("/customers?dataset=loyalty")
    settled(page)
    says(page, "All 2,000 customers")
    page.fill("#customers--prefix", "K00001")
    says(page, "10 of 2,000 customers")
    assert not axe(page)
    page.fill("#customers--prefix", "")
    page.select_option("#customers--word", "borderline")
    near = count(live, "SELECT borderline FROM scoring_run WHERE id = (SELECT max(id) FROM scoring_run)")
    says(page, f"{near:,} of 2,000 customers")
    page.wait_for_function("() => location.search.includes('confidence=borderline')")

    other.goto("/customers?dataset=loyalty")
    settled(other)
    says(other, "All 2,000 customers")
    assert not axe(other)
    kept = json.loads(other.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage})"))
    assert not any("K0000" in str(value) for value in kept.values())

    key = page.inner_text(FIRST)
    page.click(f"{FIRST} a")
    page.wait_for_function("(key) => document.querySelector('h1').innerText === 'Customer ' + key", arg=key)
    settled(page)
    assert "on its border" in page.inner_text(".k-lede")
    assert not axe(page)
    page.keyboard.press("/")
    page.wait_for_function("() => document.activeElement.id === 'customers--prefix'")
