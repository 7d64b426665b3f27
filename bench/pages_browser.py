"""What a browser asks the server for while somebody looks through every page."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import Request as BrowserRequest

from tests.browser.screenshots import NO_TOUR, NOTHING_PENDING, WEBGL, addresses, chromium, settled

CALLBACKS = "/_dash-update-component"
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


@dataclass(frozen=True)
class Request:
    """One request as the browser sent it, of a page itself or (with a body) to a callback."""

    page: str
    output: str
    path: str
    body: bytes | None
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


@contextmanager
def opened() -> Iterator[Page]:
    """A tab of a Chromium, for somebody who has seen the tour."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=WEBGL)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(NO_TOUR)
        yield page
        browser.close()


def pages_of(page: Page, address: str, dataset: str) -> dict[str, str]:
    """Every page there is, name to address."""
    found = addresses(page, address, dataset)
    return {name: each for name, each in found.items() if name != "missing"}


def recorded(page: Page, pages: dict[str, str]) -> list[Request]:
    """Open every page, change every input, and keep what was asked; at most ten different requests per callback."""
    found: list[Request] = []
    sent: list[BrowserRequest] = []
    pending: set[BrowserRequest] = set()

    def finished(request: BrowserRequest) -> None:
        pending.discard(request)
        sent.append(request)

    page.on("request", lambda request: pending.add(request))
    page.on("requestfailed", lambda request: pending.discard(request))
    page.on("requestfinished", finished)
    for name, address in pages.items():
        sent.clear()
        _look_through(page, address)
        while pending:  # answers of the last changes; "networkidle" comes once per page only
            page.wait_for_timeout(DRAW_MS)
        found += _distinct(name, sent)
    return found


def ready(page: Page, address: str, repeat: int) -> list[float]:
    """Seconds until nothing of a page is left to load or draw, its files in the cache, `repeat` times."""
    taken = []
    for _ in range(repeat + 1):  # the first fills the cache
        page.goto("about:blank")
        start = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_function(NOTHING_PENDING, polling=20)
        taken.append(time.perf_counter() - start)
    return taken[1:]


def _look_through(page: Page, address: str) -> None:
    page.goto(address)
    settled(page)
    for step in range(page.evaluate(CHANGE_EVERYTHING)):
        page.evaluate("step => window.benchSteps[step]()", step)
        page.wait_for_timeout(DRAW_MS)


def _distinct(page_name: str, sent: list[BrowserRequest]) -> list[Request]:
    """The different requests to callbacks, the first ten of each, and the page's own document."""
    found: dict[bytes, Request] = {}
    documents: list[Request] = []
    for request in sent:
        url, body = urlsplit(request.url), request.post_data_buffer
        path = url.path + (f"?{url.query}" if url.query else "")
        if request.is_navigation_request() and not documents:
            documents.append(Request(page_name, "document", path, None, _kept(request)))
        if url.path != CALLBACKS or body is None or body in found:
            continue
        asked = Request(page_name, json.loads(body)["output"], path, body, _kept(request))
        if sum(other.output == asked.output for other in found.values()) < MOST_PER_CALLBACK:
            found[body] = asked
    return [*documents, *found.values()]


def _kept(request: BrowserRequest) -> dict[str, str]:
    return {name: value for name, value in request.all_headers().items() if name in KEPT_HEADERS}
