"""Screenshots of every page of a running Kindred, in both themes and two widths.

    python -m tests.browser.screenshots --url http://127.0.0.1:8050 --out DIR [--dataset SLUG] [--only overview,map]

Prints one line for each page that scrolls sideways, logs an error or asks another machine for something.
"""

import argparse
import shutil
import sys
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = {1440: 900, 390: 844}
NOTHING_PENDING = """() => document.querySelector("h1") && !document.querySelector("._dash-loading")
  && ![...document.querySelectorAll(".k-skeleton")].some(lines => lines.offsetParent)
  && ![...document.querySelectorAll(".dash-graph")].some(
    graph => graph.offsetParent && !graph.querySelector(".main-svg"))"""
NO_TOUR = "try { localStorage.setItem('kindred-tour', 'seen'); } catch (refused) { }"  # as on a second visit
WEBGL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def chromium() -> str | None:
    """The installed Chromium, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def settled(page: Page) -> None:
    """Wait until nothing loads, no callback is under way and no grey line is left."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(NOTHING_PENDING)
    page.wait_for_timeout(250)


def addresses(page: Page, url: str, dataset: str | None) -> dict[str, str]:
    """Every page of the navigation, the first segment's, member's and play's, a campaign, the newest version's, its
    comparison, and the newest import's.
    """
    page.goto(urljoin(url, f"/?dataset={dataset}" if dataset else "/"))
    settled(page)
    hrefs = page.eval_on_selector_all(".k-nav a", "links => links.map(link => link.getAttribute('href'))")
    found = {urlsplit(href).path.strip("/") or "overview": urljoin(url, href) for href in hrefs}
    if "segments" in found:
        page.goto(found["segments"])
        settled(page)
        both = page.query_selector("main a[href^='/segments/compare']")
        found |= {"contrast": urljoin(url, both.get_attribute("href"))} if both else {}
        first = page.query_selector("main table a[href^='/segments/']")
        if first:
            found["segment"] = urljoin(url, first.get_attribute("href"))
            page.goto(found["segment"])
            settled(page)
            member = page.query_selector("main a[href^='/customers/']")
            found |= {"customer": urljoin(url, member.get_attribute("href"))} if member else {}
    if "simulator" in found:
        page.goto(found["simulator"])
        settled(page)
        group = page.query_selector("main a[href^='/simulator/group']")
        found |= {"group": urljoin(url, group.get_attribute("href"))} if group else {}
        kept = page.query_selector("main a[href^='/simulator/scenarios']")
        found |= {"scenarios": urljoin(url, kept.get_attribute("href"))} if kept else {}
    if "strategy" in found:
        page.goto(found["strategy"])
        settled(page)
        play = page.query_selector("main a[href^='/strategy/']")
        found |= {"play": urljoin(url, play.get_attribute("href"))} if play else {}
        all_campaigns = page.query_selector("main a[href^='/campaigns']")
        if all_campaigns:
            found["campaigns"] = urljoin(url, all_campaigns.get_attribute("href"))
            page.goto(found["campaigns"])
            settled(page)
            found["campaign"] = urljoin(url, page.query_selector("main a[href^='/campaigns/']").get_attribute("href"))
    if "models" in found:
        page.goto(found["models"])
        settled(page)
        version = page.query_selector("main a[href^='/models/']")
        if version:
            found["model"] = urljoin(url, version.get_attribute("href"))
            page.goto(found["model"])
            settled(page)
            other = page.query_selector("main a[href^='/models/compare']")
            found |= {"compare": urljoin(url, other.get_attribute("href"))} if other else {}
    if "data" in found:
        page.goto(found["data"])
        settled(page)
        latest = page.query_selector("main a[href^='/data/']")
        if latest:
            found["import"] = urljoin(url, latest.get_attribute("href"))
    return found | {"missing": urljoin(url, "/no-such-page")}


def shoot(browser: Browser, url: str, out: Path, dataset: str | None, only: set[str]) -> list[str]:
    """Take the pictures; returns what was wrong with the pages."""
    wrong: list[str] = []
    for width, height in WIDTHS.items():
        for theme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
            context.add_init_script(NO_TOUR)
            page = context.new_page()
            said: list[str] = []
            page.on(
                "console", lambda message, said=said: said.append(message.text) if message.type == "error" else None
            )
            page.on(
                "request",
                lambda r, said=said: said.append(f"left the machine: {r.url}") if _is_away(r.url, url) else None,
            )
            for name, address in addresses(page, url, dataset).items():
                if only and name not in only:
                    continue
                said.clear()
                page.goto(address)
                settled(page)
                over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                page.screenshot(path=out / f"{name}-{width}-{theme}.png", full_page=True)
                said += [f"scrolls sideways by {over} px"] if over > 0 else []
                expected = name == "missing"
                wrong += [f"{name} {width} {theme}: {text}" for text in said if not (expected and "404" in text)]
            context.close()
    return wrong


def _is_away(address: str, url: str) -> bool:
    return (
        urlsplit(address).scheme in ("http", "https", "ws", "wss") and urlsplit(address).netloc != urlsplit(url).netloc
    )


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8050")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dataset")
    parser.add_argument("--only", default="", help="names of pages, by comma")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=WEBGL)
        wrong = shoot(browser, options.url, options.out, options.dataset, set(filter(None, options.only.split(","))))
        browser.close()
    sys.stderr.write("\n".join(wrong) + "\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
