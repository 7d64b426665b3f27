"""A play in a browser: found on the board, written and saved by keyboard alone, seen on the board."""

from tests.browser.screenshots import settled
from tests.browser.test_whole_way import count


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
    for _ in range(10):  # over the parts of the date to the budget
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "play--budget":
            break
    page.keyboard.type("1500")
    page.keyboard.press("Tab")
    page.keyboard.press("p")  # planned
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "play--save"
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
