"""A play in a browser: found on the board, written and saved by keyboard alone, seen on the board."""

import csv
import re

from tests.browser.screenshots import settled
from tests.browser.test_whole_way import count


def tab_to(page, element: str) -> None:
    """Press Tab until the element has the focus: over the parts of a date, and the words that explain themselves."""
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == element:
            return
    raise AssertionError(f"the keyboard does not come to {element}")


def test_a_play_is_written_by_keyboard_and_stands_on_the_board(live, open_tab, axe):
    page = open_tab()
    page.goto("/strategy?dataset=loyalty")
    settled(page)
    page.locator("a[aria-label='See the proposal for Inactive customers']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/strategy/inactive-customers?dataset=loyalty")
    settled(page)
    page.wait_for_selector("h1:has-text('Inactive customers: win back?')")
    proposed = page.input_value("#play--objective")
    assert count(live, "SELECT count(*) FROM strategy") == 0

    page.locator("#play--owner").focus()
    page.keyboard.type("Ana Lima")
    tab_to(page, "play--budget")
    page.keyboard.type("1500")
    tab_to(page, "play--status")
    page.keyboard.press("p")  # planned
    tab_to(page, "play--save")
    page.keyboard.press("Enter")
    page.wait_for_selector("#play--outcome .alert.good")
    settled(page)
    assert "Planned, owned by Ana Lima" in page.inner_text(".k-head")
    for name, typed in {"response": "4", "value": "60", "margin": "50", "cost": "1", "fixed": "100"}.items():
        page.fill(f"#play--{name}", typed)
    page.wait_for_selector("#play--expected >> text=Expected")
    assert not axe(page)
    stored = "SELECT count(*) FROM strategy WHERE owner = 'Ana Lima' AND budget = 1500 AND status = 'planned'"
    assert count(live, stored) == 1

    page.goto("/strategy?dataset=loyalty")
    settled(page)
    assert proposed in page.inner_text("main")
    page.goto("/strategy/inactive-customers?dataset=loyalty")
    settled(page)
    page.click("#play--delete-box summary")
    page.click("#play--delete")
    page.wait_for_selector("#play--outcome >> text=The play is deleted")
    assert count(live, "SELECT count(*) FROM strategy") == 0


def test_a_campaign_is_planned_its_file_made_and_what_came_back_measured(live, open_tab, axe, tmp_path):
    page = open_tab()
    page.goto("/campaigns/new?dataset=loyalty&segment=inactive-customers")
    settled(page)
    page.fill("#campaign--holdout", "30")
    for name, typed in {"reach": 80, "response": 5, "baseline": 2, "value": 60, "margin": 50, "cost": 1}.items():
        page.fill(f"#campaign--{name}-likely", str(typed))
    page.wait_for_selector("#campaign--worked-out >> text=Still to type: fixed costs")
    page.fill("#campaign--fixed-likely", "100")
    page.fill("#campaign--fixed-high", "400")
    page.wait_for_selector("#campaign--swings .main-svg")
    page.click("#campaign--save")
    page.wait_for_url(re.compile(r"/campaigns/\d+"))
    page.wait_for_selector("#campaign--after:not([hidden])")
    settled(page)
    with page.expect_download() as sent:
        page.click("#campaign--file")
    sent.value.save_as(tmp_path / "sent.csv")
    page.wait_for_selector("#campaign--seed:disabled")
    with (tmp_path / "sent.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    held = sum(row["holdout_group"] == "holdout" for row in rows)
    assert count(live, "SELECT count(*) FROM campaign_member WHERE held") == held
    key = next(iter(rows[0]))
    back = tmp_path / "back.csv"
    told = [f"{row[key]},{'yes' if at % (3 if row['holdout_group'] == 'treatment' else 9) == 0 else 'no'}"
            for at, row in enumerate(rows)]  # fmt: skip
    back.write_text("\n".join([f"{key},responded", *told]), encoding="utf-8")
    with page.expect_file_chooser() as chosen:
        page.click("[data-k-upload='campaign--upload'] [data-k-do=choose-file]")
    chosen.value.set_files(back)
    page.wait_for_selector("#campaign--results-say .alert.good")
    page.wait_for_selector("#campaign--shares .main-svg")
    settled(page)
    assert "The campaign raised the response by" in page.inner_text("#campaign--measured h2")
    assert not axe(page)
    page.click("#campaign--delete-box summary")
    page.click("#campaign--delete")
    page.wait_for_url(re.compile(r"/campaigns\?"))
    assert count(live, "SELECT count(*) FROM campaign") == 0
