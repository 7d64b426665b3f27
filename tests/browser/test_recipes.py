"""The recipes page in a browser: from a built-in recipe to a model trained on one's own."""

import pytest

from tests.browser.screenshots import settled
from tests.browser.test_whole_way import count

SLOW = 120_000


@pytest.mark.slow
def test_a_changed_recipe_is_seen_saved_and_trained(live, open_tab, axe):
    page = open_tab()
    page.goto("/recipes?dataset=loyalty")
    settled(page)
    page.select_option("#recipes--start", "behaviour")
    page.wait_for_function("() => document.querySelector('h1').innerText.startsWith('Behaviour: ')")

    page.fill("#recipes--find", "spending")
    page.wait_for_function("() => document.querySelectorAll('#recipes--columns tr[hidden]').length > 3")
    page.fill("#recipes--find", "")

    page.select_option("#recipes--transform", "none")
    page.wait_for_selector("#recipes--preview >> text=switched off in the recipe")
    assert page.locator("#recipes--preview .js-plotly-plot").count() == 2

    page.select_option("#recipes--operation", "ratio")
    page.wait_for_selector("#recipes--part-a option[value='feature:customer_value']", state="attached")
    page.select_option("#recipes--part-a", "feature:customer_value")
    page.select_option("#recipes--part-b", "feature:purchase_frequency")
    page.wait_for_selector("#recipes--derived-says >> text=Customer value divided by Purchases.")
    page.fill("#recipes--derived-name", "Value per purchase")
    page.click("#recipes--derive")
    page.wait_for_function("() => document.querySelector('h1').innerText.startsWith('Behaviour, changed: 5 columns')")
    settled(page)
    assert not axe(page)

    page.fill("#recipes--name", "Value and rhythm")
    page.press("#recipes--name", "Tab")
    page.click("#recipes--train")
    page.wait_for_selector("#recipes--saved >> text=is saved as version 1")
    page.wait_for_selector("#recipes--trained .alert.good", timeout=SLOW)
    settled(page)
    trained = """SELECT count(*) FROM model_version v JOIN recipe r ON r.id = v.recipe_id
        WHERE r.name = 'value_and_rhythm' AND r.version = 1 AND r.label = 'Value and rhythm'"""
    assert count(live, trained) == 1
    assert "Value and rhythm" in page.inner_text("#recipes--own")
    page.goto("/models?dataset=loyalty")
    settled(page)
    assert "Value and rhythm" in page.inner_text("#models--registry")
    page.goto(page.locator("#models--registry a[href^='/models/']").first.get_attribute("href"))
    settled(page)
    assert "Value per purchase" in page.inner_text("main")
