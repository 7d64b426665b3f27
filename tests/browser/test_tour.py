"""The tour of a first visit: by keyboard, once, and again when it is asked for."""

import pytest

from tests.browser.screenshots import settled


def in_the_panel(page):
    return page.evaluate("() => Boolean(document.activeElement.closest('.k-tour'))")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_tour_is_walked_by_keyboard_once_and_shown_again_from_the_glossary(open_tab, axe, theme, width):
    page = open_tab(theme=theme, width=width, tour=True)
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    page.wait_for_selector(".k-tour")
    settled(page)
    assert not axe(page)
    assert not in_the_panel(page)  # it takes nothing over
    page.keyboard.press("Tab")
    assert in_the_panel(page)
    titles = []
    for _ in range(4):
        titles.append(page.inner_text("#k-tour-title"))
        assert page.locator(".k-tour-at").count() == (0 if width == 390 and len(titles) in (1, 4) else 1)
        page.keyboard.press("Enter")
    assert len(set(titles)) == 4
    assert page.locator(".k-tour, .k-tour-at").count() == 0
    assert page.evaluate("() => JSON.stringify({...localStorage})") == '{"kindred-tour":"seen"}'
    page.reload()
    settled(page)
    assert page.locator(".k-tour").count() == 0

    page.goto("/glossary")
    settled(page)
    page.click("[data-k-do=tour]")
    assert in_the_panel(page)
    page.keyboard.press("Escape")
    assert page.locator(".k-tour").count() == 0
    assert page.evaluate("() => document.activeElement.dataset.kDo") == "tour"
