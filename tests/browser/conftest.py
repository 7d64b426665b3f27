"""A real server with its worker, and a real Chromium that minds what goes wrong.

``live`` is a running Kindred with the generated samples, one for every test process; ``start_kindred(data_dir)`` starts
another. ``page`` is a visitor's tab (``open_tab()`` opens more, each a user of its own). A test fails when one of its
tabs logs an error, gets an answer of 500 or more, or asks another machine for something.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from filelock import FileLock

from tests.browser.screenshots import NO_TOUR, WEBGL, chromium

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra: test)")
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Live:
    """A running Kindred."""

    url: str
    data_dir: Path

    def address(self, path: str) -> str:
        """A path as the browser needs it."""
        return urljoin(self.url, path)


def _start(data_dir: Path) -> tuple[subprocess.Popen[str], str]:
    """Start ``kindred run`` on a free port; returns the process and where it answers."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KINDRED_")} | {
        "KINDRED_DATA_DIR": str(data_dir)
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "run", "--no-browser", "--port", "0"],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        found = re.search(r"is at (http://\S+)", line)
        if found:
            return process, found[1]
    process.wait()
    raise RuntimeError(f"kindred run ended with {process.returncode}:\n{said}")


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


@pytest.fixture(scope="session")
def start_kindred() -> Iterator[Callable[[Path], Live]]:
    """Start a Kindred on a data folder (an empty one gets the samples); stopped at the end of the session."""
    running: list[subprocess.Popen[str]] = []

    def start(data_dir: Path) -> Live:
        process, url = _start(data_dir)
        running.append(process)
        return Live(url, data_dir)

    yield start
    for process in running:
        _stop(process)


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Kindred that has trained its samples: made by the first test process that asks, to be copied."""
    common = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        common = common.parent
    with FileLock(common / "samples.lock"):
        if not (common / "samples").exists():
            process, _ = _start(common / "samples-in-the-making")
            _stop(process)
            (common / "samples-in-the-making").rename(common / "samples")
    return common / "samples"


@pytest.fixture(scope="session")
def live(start_kindred: Callable[[Path], Live], samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Live:
    """A Kindred with the sample dataset, trained."""
    return start_kindred(shutil.copytree(samples, tmp_path_factory.mktemp("live") / "var"))


@pytest.fixture(scope="session")
def browser() -> Iterator["playwright_api.Browser"]:
    """Chromium; tests are skipped, saying why, where there is none."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium found (apt-get install chromium)")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=WEBGL)
        yield browser
        browser.close()


@pytest.fixture
def open_tab(browser, live) -> Iterator[Callable[..., "playwright_api.Page"]]:
    """Open a tab of a user who has seen the tour: ``open_tab(width=1440, theme="light", kindred=live)``.

    What goes wrong in it fails the test, but for messages that contain one of `expected`.
    """
    contexts, wrong = [], []

    def open_(
        *,
        width: int = 1440,
        height: int = 900,
        theme: str = "light",
        expected: tuple[str, ...] = (),
        kindred: Live = live,
        tour: bool = False,
    ):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, base_url=kindred.url, accept_downloads=True
        )
        contexts.append(context)
        if not tour:
            context.add_init_script(NO_TOUR)
        page = context.new_page()
        page.set_default_timeout(60_000)

        def note(text: str) -> None:
            if not any(each in text for each in expected):
                wrong.append(f"{urlsplit(page.url).path}: {text}")

        own = urlsplit(kindred.url).netloc
        page.on("console", lambda message: note(f"console: {message.text}") if message.type == "error" else None)
        page.on("pageerror", lambda error: note(f"error in a script: {error}"))
        page.on(
            "response", lambda response: note(f"{response.status} {response.url}") if response.status >= 500 else None
        )
        page.on(
            "request",
            lambda request: (
                note(f"left the machine: {request.url}")
                if urlsplit(request.url).scheme not in ("data", "blob", "about") and urlsplit(request.url).netloc != own
                else None
            ),
        )
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def page(open_tab) -> "playwright_api.Page":
    """One tab at 1440 px in the light theme."""
    return open_tab()


@pytest.fixture
def axe() -> Callable[..., list[str]]:
    """Violations of WCAG 2.2 A and AA (or of the one rule `only`) that axe-core finds: ``rule: element``."""

    def run(page: "playwright_api.Page", only: str | None = None) -> list[str]:
        page.evaluate(AXE.read_text())
        found = page.evaluate(
            "(asked) => axe.run(document, {runOnly: asked})",
            [only] if only else ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        )
        return [f"{each['id']}: {node['html'][:160]}" for each in found["violations"] for node in each["nodes"]]

    return run
