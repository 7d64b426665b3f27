"""The passport in a browser: found from the list, whole without a script, on a phone, in the dark, on paper."""

import pytest

from tests.browser.screenshots import settled


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_passport_is_found_read_and_printed(live, open_tab, axe, theme, width):
    page = open_tab(theme=theme, width=width)
    page.goto("/models")
    settled(page)
    link = page.locator("a[href^='/passport/']").first
    with page.expect_popup() as opened:  # a tab of its own: the list stays where it was
        link.click()
    assert opened.value.title().startswith("Segment passport: ")
    address = link.get_attribute("href")
    page.goto("about:blank")  # what the page before still asks is not its own
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert page.inner_text("h1").endswith(" segments")
    assert not axe(page)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) > 384) == (theme == "light")
    assert [url for url in asked if not url.startswith("data:")] == [page.url]
    if theme == "light":
        assert len(page.pdf(prefer_css_page_size=True)) > 10_000
