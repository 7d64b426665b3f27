"""What a browser asks the server for while somebody looks through every page."""

import json
import shutil
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import Request as BrowserRequest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

CALLBACKS = "/_dash-update-component"
WEBGL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
KEPT_HEADERS = ("accept", "accept-encoding", "content-type", "cookie", "origin", "sec-fetch-site")
MOST_PER_CALLBACK = 10
DRAW_MS = 400  # longer than a slider waits before it asks

# Every slider to a quarter of its range and every choice to the next one: the way a person would, with events.
CHANGE_EVERYTHING = """
() => {
  const main = document.querySelector('main');
  const tell = (element, prototype, value) => {
    Object.getOwnPropertyDescriptor(prototype, 'value').set.call(element, value);
    element.dispatchEvent(new Event('input', {bubbles: true}));
    element.dispatchEvent(new Event('change', {bubbles: true}));
  };
  const steps = [];
  for (const slider of main.querySelectorAll('input[type=range]')) {
    const [low, high] = [Number(slider.min), Number(slider.max)];
    steps.push(() => tell(slider, HTMLInputElement.prototype, String(low + (high - low) / 4)));
  }
  for (const select of main.querySelectorAll('select')) {
    const other = [...select.options].find(option => option.value !== select.value && !option.disabled);
    if (other) steps.push(() => tell(select, HTMLSelectElement.prototype, other.value));
  }
  for (const box of main.querySelectorAll('input[type=radio]:not(:checked), input[type=checkbox]')) {
    steps.push(() => box.click());
  }
  window.benchSteps = steps;
  return steps.length;
}
"""

ALL_DRAWN = """
() => document.querySelector('h1') && document.querySelector('.k-nav a')
  && ![...document.querySelectorAll('._dash-loading, .k-skeleton')].some(element => element.offsetParent)
"""


@dataclass(frozen=True)
class Request:
    """One request to a callback as the browser sent it."""

    page: str
    output: str
    body: bytes
    headers: dict[str, str]

    @property
    def name(self) -> str:
        """The page and what the callback fills."""
        return f"{self.page} {short(self.output)}"


def short(output: str) -> str:
    """The first of the outputs of a callback, as Dash writes them, and how many more there are.

    >>> short("..map--head.children...map--segments.options@3a36b8..")
    'map--head.children +1'
    """
    first, *more = output.strip(".").split("...")
    return first.split("@")[0] + (f" +{len(more)}" if more else "")


def recorded(address: str, dataset: str) -> list[Request]:
    """Open every page, change every input, and keep what was asked; at most ten different requests per callback."""
    found: list[Request] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=WEBGL)
        page = browser.new_page()
        pages = _pages(page, address, dataset)
        sent: list[BrowserRequest] = []
        pending: set[BrowserRequest] = set()
        page.on("request", lambda request: pending.add(request))
        page.on("requestfailed", lambda request: pending.discard(request))
        page.on("requestfinished", lambda request: (pending.discard(request), sent.append(request)))
        for name, path in pages.items():
            sent.clear()
            _look_through(page, urljoin(address, path))
            while pending:  # answers of the last changes; "networkidle" comes once per page only
                page.wait_for_timeout(DRAW_MS)
            found += _distinct(name, sent)
        browser.close()
    return found


def _look_through(page: Page, address: str) -> None:
    page.goto(address)
    _settle(page)
    for step in range(page.evaluate(CHANGE_EVERYTHING)):
        page.evaluate("step => window.benchSteps[step]()", step)
        page.wait_for_timeout(DRAW_MS)


def _distinct(page_name: str, sent: list[BrowserRequest]) -> list[Request]:
    """The different requests to callbacks, the first ten of each."""
    found: dict[bytes, Request] = {}
    for request in sent:
        body = request.post_data_buffer
        if urlsplit(request.url).path != CALLBACKS or body is None or body in found:
            continue
        headers = {name: value for name, value in request.all_headers().items() if name in KEPT_HEADERS}
        asked = Request(page_name, json.loads(body)["output"], body, headers)
        if sum(other.output == asked.output for other in found.values()) < MOST_PER_CALLBACK:
            found[body] = asked
    return list(found.values())


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _settle(page: Page) -> None:
    """Wait until nothing loads and no grey line is left to be seen."""
    page.wait_for_load_state("networkidle")
    try:
        page.wait_for_function(ALL_DRAWN)
    except PlaywrightTimeoutError:
        raise RuntimeError(f"{page.url} is not drawn after 30 s; see the server's log above") from None


def _pages(page: Page, address: str, dataset: str) -> dict[str, str]:
    """The pages of the navigation, the comparison of the segments and the first segment's, name to path."""
    page.goto(urljoin(address, f"/?dataset={dataset}"))
    _settle(page)
    links = page.eval_on_selector_all(".k-nav a", "links => links.map(link => link.getAttribute('href'))")
    found = {urlsplit(link).path.strip("/") or "overview": link for link in links}
    found["segments/compare"] = f"/segments/compare?dataset={dataset}"
    if "segments" in found:
        page.goto(urljoin(address, found["segments"]))
        _settle(page)
        segment = page.query_selector("main table a[href^='/segments/']")
        if segment is not None:
            found["segment"] = str(segment.get_attribute("href"))
    return found
