"""A play in a browser: found on the board, written and saved by keyboard alone, seen on the board."""

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
