"""The shell in a real browser: theme, drawer, keyboard, cards, accessibility."""

import csv
import re
import sqlite3

import pytest

from tests.browser.screenshots import addresses, settled

PAGES = (
    "/", "/segments", "/map", "/explore", "/rfm", "/customers", "/strategy", "/simulator", "/models", "/recipes",
    "/data", "/glossary",
)  # fmt: skip


def go(page, path):
    page.goto(path)
    settled(page)


def theme_of(page):
    return page.evaluate("() => document.documentElement.dataset.bsTheme")


@pytest.fixture
def long_names(live):
    """Every segment has a name of 60 characters while the test runs."""
    store = sqlite3.connect(live.data_dir / "kindred.db", timeout=30, isolation_level=None)
    names = store.execute("SELECT name, id FROM segment_identity").fetchall()
    longest = "The long-standing, loyal and responsive big spenders up north"
    store.executemany(
        "UPDATE segment_identity SET name = ? WHERE id = ?", [(longest[:57] + f"{i:3}", i) for _, i in names]
    )
    yield
    store.executemany("UPDATE segment_identity SET name = ? WHERE id = ?", names)
    store.close()


@pytest.mark.usefixtures("long_names")
@pytest.mark.parametrize(("width", "height", "theme"), [(1440, 900, "light"), (390, 844, "dark")])
def test_every_page_stands_is_accessible_and_never_scrolls_sideways(open_tab, live, axe, width, height, theme):
    page = open_tab(width=width, height=height, theme=theme)
    page.emulate_media(reduced_motion="reduce")  # the other theme stands at once, with no colour on its way
    for name, address in addresses(page, live.url, "loyalty").items():
        if name == "missing":
            continue
        go(page, address)
        assert page.locator("h1:visible").count() == 1, name
        assert theme_of(page) == theme
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert not axe(page), name
        page.click("[data-k-do=theme]")  # the structure is the same; what may differ is the contrast
        assert not axe(page, only="color-contrast"), name
        page.click("[data-k-do=theme]")


def test_an_unknown_address_says_so_and_leads_back(open_tab, axe):
    page = open_tab(expected=("404",))
    assert page.goto("/no-such-page").status == 404
    settled(page)
    assert "no page" in page.inner_text("h1")
    assert not axe(page)
    page.click("main .btn-primary")
    page.wait_for_url(re.compile(r"/(\?.*)?$"))


def test_the_theme_is_kept_and_figures_follow_it(page):
    go(page, "/")
    ink = "() => document.querySelector('.js-plotly-plot')?.layout?.template.layout.font.color"
    page.wait_for_function(ink)
    light = page.evaluate(ink)
    page.click("[data-k-do=theme]")
    assert theme_of(page) == "dark"
    page.wait_for_function(f"() => ({ink})() === '#98a0ac'")
    page.reload()
    settled(page)
    assert theme_of(page) == "dark"
    page.wait_for_function(f"() => ({ink})() === '#98a0ac'")  # the server drew it dark
    page.click("[data-k-do=theme]")
    page.wait_for_function(f"(before) => ({ink})() === before", arg=light)


def test_the_theme_stands_before_anything_is_painted(open_tab):
    page = open_tab(theme="dark")
    page.add_init_script(
        "new MutationObserver(() => {"
        "  if (document.body && !window.first) window.first = document.documentElement.dataset.bsTheme;"
        "}).observe(document, {childList: true, subtree: true});"
    )
    go(page, "/")
    assert page.evaluate("() => window.first") == "dark"


def test_the_drawer_opens_closes_and_gives_the_focus_back(open_tab, axe):
    page = open_tab(width=390, height=844)
    go(page, "/")
    assert not page.locator("#k-side").is_visible()
    page.click("[data-k-do=drawer][aria-expanded]")
    page.wait_for_selector("#k-side a >> visible=true")
    assert not axe(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#k-side", state="hidden")
    assert page.evaluate("() => document.activeElement.dataset.kDo") == "drawer"
    page.click("[data-k-do=drawer][aria-expanded]")
    page.click("#k-side a:has-text('Segments')")
    page.wait_for_url("**/segments?*")
    page.wait_for_selector("#k-side", state="hidden")


def test_the_navigation_works_by_keyboard_alone(page):
    go(page, "/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "k-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    page.locator(".k-nav a:has-text('Segments')").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments?dataset=*")
    settled(page)
    assert page.evaluate("() => document.activeElement.id") == "main"
    assert page.locator(".k-nav [aria-current=page]").inner_text().strip() == "Segments"
    page.go_back()
    page.wait_for_url(re.compile(r"/(\?.*)?#main$"))  # where the skip link led
    settled(page)
    assert page.locator(".k-nav [aria-current=page]").inner_text().strip() == "Overview"


def test_the_heat_map_of_segments_is_read_by_the_arrow_keys(page, axe):
    go(page, "/segments/compare")
    assert not axe(page)
    page.locator("[data-k-heat] td[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    cell, says = page.locator("[data-k-heat] td:focus"), page.locator(".k-heat-says").inner_text()
    assert cell.inner_text() in says
    assert cell.get_attribute("data-d").strip("+\u2212") + " sd" in says
    assert page.locator("[data-k-heat] td[tabindex='0']").count() == 1


def test_links_do_not_load_the_page_anew(page):
    go(page, "/")
    page.evaluate("() => { window.same = true; }")
    for path in ("Segments", "Overview"):
        page.click(f".k-nav a:has-text('{path}')")
        settled(page)
    assert page.evaluate("() => window.same")


def test_the_dataset_stands_in_every_link_of_the_navigation(page):
    go(page, "/")
    hrefs = page.eval_on_selector_all(".k-nav a", "links => links.map(link => link.getAttribute('href'))")
    assert {href.partition("?")[0] for href in hrefs} == set(PAGES)
    assert all("dataset=loyalty" in href for href in hrefs)
    page.click(".k-switch summary")
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.tagName") == "SUMMARY"


def test_a_card_shows_its_data_in_place_and_escape_brings_the_picture_back(page):
    go(page, "/")
    card = page.locator(".card:has(#overview--map)")
    card.locator("[data-k-do=show-data]").click()
    assert card.locator(".k-data table").is_visible()
    assert not card.locator(".k-picture").is_visible()
    assert "k-data" in page.evaluate("() => document.activeElement.className")
    page.keyboard.press("Escape")
    assert card.locator(".k-picture").is_visible()
    assert page.evaluate("() => document.activeElement.dataset.kDo") == "show-data"


def test_a_card_is_downloaded_as_table_and_as_picture(page, tmp_path):
    go(page, "/segments")
    page.click("main table a[href^='/segments/']")
    settled(page)
    for title_has, kinds in (("#segment--distribution", ("csv", "png")), (".k-dots", ("csv", "png"))):
        card = page.locator(f".card:has({title_has})").first
        for kind in kinds:
            card.locator("[data-k-do=menu]").click()
            with page.expect_download() as download:
                card.locator(f"[data-k-kind={kind}]").click()
            file = tmp_path / f"card.{kind}"
            download.value.save_as(file)
            assert download.value.suggested_filename.startswith("kindred-")
            if kind == "png":
                assert file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
                assert file.stat().st_size > 4000
            else:
                rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
                shown = card.locator(".k-data tbody tr").count()
                assert len(rows) == shown + 1
                assert {len(row) for row in rows} == {len(rows[0])}


def test_the_points_of_a_list_stay_apart_in_a_download(page, tmp_path):
    go(page, "/segments")
    told = page.locator("main table td:has(li + li)").first.locator("li").all_inner_texts()
    page.locator(".card:has(li + li) [data-k-do=menu]").first.click()
    with page.expect_download() as download:
        page.locator(".card:has(li + li) [data-k-kind=csv]").first.click()
    download.value.save_as(tmp_path / "list.csv")
    lines = (tmp_path / "list.csv").read_text(encoding="utf-8-sig").splitlines()
    cells = [cell for row in csv.reader(lines) for cell in row]
    assert "; ".join(told).replace("\u2212", "-").replace("\xa0", " ") in [cell.replace("\xa0", " ") for cell in cells]


def test_a_term_explains_itself_on_focus(page):
    go(page, "/")
    page.locator(".k-term").first.focus()
    tip = page.locator("[role=tooltip]").first
    assert tip.is_visible()
    assert page.locator(".k-term").first.get_attribute("aria-describedby") == tip.get_attribute("id")


def test_an_unknown_dataset_leads_to_the_same_page_of_those_there_are(page, axe):
    go(page, "/simulator?dataset=nobody")
    assert "no dataset 'nobody'" in page.inner_text("h1:visible")
    assert page.locator("main :visible").filter(has_text="did not work").count() == 0
    assert not axe(page)
    page.locator("#shell--lost a").first.click()
    page.wait_for_url(re.compile(r"/simulator\?dataset=loyalty"))
    settled(page)
    assert page.locator("#shell--lost h1").count() == 0
    assert page.locator("h1:visible").count() == 1


def test_a_server_that_is_gone_is_said(open_tab):
    page = open_tab(expected=("ERR_FAILED", "did not respond"))
    go(page, "/")
    page.route("**/_dash-update-component**", lambda route: route.abort())
    page.click(".k-nav a:has-text('Segments')")
    page.wait_for_selector("#shell--errors .alert")
    assert "does not answer" in page.inner_text("#shell--errors")


def test_two_users_see_their_own_theme_and_dataset(open_tab):
    one, two = open_tab(theme="light"), open_tab(theme="dark")
    go(one, "/")
    go(two, "/segments")
    one.click("[data-k-do=theme]")
    assert theme_of(one) == "dark"
    two.click("[data-k-do=theme]")
    assert theme_of(two) == "light"
    one.reload()
    settled(one)
    assert theme_of(one) == "dark"
