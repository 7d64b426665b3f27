"""From a moved slider to the repainted answer, in Chromium, with a million customers stored.

    python -m bench.repaint_bench [--rows 1000000] [--columns 30] [--moves 60] [--streamlit PYTHON] [--workdir DIR]

A key press moves a slider of the simulator; a loop of `requestAnimationFrame` tells after how many milliseconds the
answer (segment, confidence, reasons), the dot on the map and the nearest customers are others than before. With
`--streamlit`, a Python that has streamlit, scikit-learn, pandas and plotly, the same key presses go to an app that only
predicts and draws a scatter (``bench/streamlit_app.py``), in turns with ours.

Targets: answer p50 at most 60 ms and p95 at most 120 ms; dot and nearest customers p95 at most 250 ms.
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pyarrow.csv as pa_csv
from playwright.sync_api import Page, sync_playwright

from bench.common import generate_customers
from bench.pages_store import DATASET, served, stored
from tests.browser.screenshots import NO_TOUR, WEBGL, chromium

WINDOW = {"width": 1440, "height": 900}
SMALL = 20_000  # customers of the Streamlit app: its clocks do not depend on more
PATIENCE_MS, REST_MS, START_S = 3_000, 900, 120
TARGETS = {"answer": (60, 120), "dot on the map": (None, 250), "nearest customers": (None, 250)}
OURS = {
    "answer": "document.querySelector('#simulator--answer').textContent",
    "dot on the map": "document.querySelector('#simulator--layer .now').getAttribute('cx')",
    "nearest customers": "document.querySelector('#simulator--like').textContent",
}
THEIRS = {"answer": "[...document.querySelectorAll('.stMarkdown')].at(-1).textContent"}
# The milliseconds from the next key press until each of the expressions says something else, or null.
WATCH = """
([watched, patience]) => {
  const seen = watched.map(code => new Function('return ' + code)), before = seen.map(now => now());
  const took = watched.map(() => null);
  window.benchTook = new Promise(resolve => addEventListener('keydown', pressed => {
    const begun = pressed.timeStamp;
    const look = () => {
      const now = performance.now() - begun;
      seen.forEach((says, at) => { if (took[at] === null && says() !== before[at]) took[at] = now; });
      if (took.every(each => each !== null) || now > patience) resolve(took); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, {once: true, capture: true}));
}
"""


def moved(page: Page, slider: str, key: str, watched: dict[str, str]) -> list[float | None]:
    """Press a key on a slider; milliseconds until each watched expression is another, in their order."""
    page.locator(slider).focus()
    page.evaluate(WATCH, [list(watched.values()), PATIENCE_MS])
    page.keyboard.press(key)
    took = page.evaluate("() => window.benchTook")
    page.wait_for_timeout(REST_MS)
    return list(took)


@contextmanager
def _streamlit(python: str, file: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = Path(__file__).with_name("streamlit_app.py")
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    command = [python, "-m", "streamlit", "run", str(app), *options, "--", str(file)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                with urlopen(f"{address}/_stcore/health"):
                    break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise RuntimeError(f"{python} -m streamlit did not start") from None
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait()


def _report(name: str, took: list[float | None], targets: tuple[int | None, int | None]) -> tuple[float, bool]:
    """Print one line; the median, and whether the targets are kept."""
    seen = np.array([each for each in took if each is not None])
    p50, p95 = np.percentile(seen, [50, 95])
    asked = [f"{word} {most}" for word, most in zip(("p50", "p95"), targets, strict=True) if most]
    kept = all(most is None or value <= most for value, most in zip((p50, p95), targets, strict=True))
    told = f"  at most {', '.join(asked)}: {'reached' if kept else 'MISSED'}" if asked else ""
    print(f"{name:32} {len(seen):3} of {len(took)} seen   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms{told}", flush=True)
    return float(p50), kept


def main() -> int:
    """Command line; exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--streamlit", metavar="PYTHON")
    parser.add_argument("--workdir", type=Path, default=Path(tempfile.gettempdir()) / "kindred-repaint-bench")
    asked = parser.parse_args()
    with ExitStack() as stack:
        store = stack.enter_context(stored(asked.workdir, asked.rows, "sqlite", asked.columns))
        ours = stack.enter_context(served(store, 2))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium(), args=WEBGL)
        page, other = browser.new_page(viewport=WINDOW), None
        page.add_init_script(NO_TOUR)
        page.goto(f"{ours}/simulator?dataset={DATASET}")
        page.wait_for_selector("#simulator--layer .now", state="attached")
        page.wait_for_function(f"() => {OURS['nearest customers']}.length > 0")
        page.evaluate("() => document.querySelectorAll('#simulator--fields details').forEach(each => each.open = true)")
        if asked.streamlit:
            file = asked.workdir / "streamlit.csv"
            pa_csv.write_csv(generate_customers(SMALL, asked.columns), file)
            other = browser.new_page(viewport=WINDOW)
            other.goto(stack.enter_context(_streamlit(asked.streamlit, file)))
            other.wait_for_selector(".js-plotly-plot", timeout=1000 * START_S)
            other.wait_for_timeout(REST_MS)
        sliders = page.locator("#simulator--fields input[type=range]").count()
        mine: list[list[float | None]] = []
        theirs: list[list[float | None]] = []
        for number in range(asked.moves):
            at, key = number % sliders, "PageUp" if (number // sliders) % 2 == 0 else "PageDown"
            page.bring_to_front()
            mine.append(moved(page, f"#simulator--fields input[type=range] >> nth={at}", key, OURS))
            if other:
                other.bring_to_front()
                theirs.append(moved(other, f"[data-testid=stSlider] input >> nth={at}", key, THEIRS))
        browser.close()
    print(f"{asked.rows:,} customers, a model of {asked.columns} attributes, {asked.moves} moves of {sliders} sliders")
    kept = True
    medians = {}
    for position, (name, targets) in enumerate(TARGETS.items()):
        medians[name], good = _report(name, [each[position] for each in mine], targets)
        kept = kept and good
    if theirs:
        median, _ = _report("Streamlit: prediction alone", [each[0] for each in theirs], (None, None))
        print(f"ours takes {medians['answer'] / median:.2f} of Streamlit's time in the middle")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
