"""How long the server takes for every page callback, with a million customers stored.

    python -m bench.pages_bench [--rows 1000000] [--database sqlite|postgresql] [--workdir DIR] [--repeat 60]

1. A store of generated customers is built with `kindred import` and `kindred train --k 5`; it is kept in
   ``--workdir`` and used again by the next run.
2. `kindred serve` (gunicorn) is started on it. A real Chromium opens every page of the navigation and the first
   segment, then moves every slider and changes every choice it finds. Buttons are not pressed: they write.
3. Every request the browser sent to the callbacks is sent again, `--repeat` times over one connection, and
   timed. Which callbacks of the application the browser never asked for is printed too.

Target: p95 of every callback at most 150 ms.
"""

import argparse
import http.client
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from bench.pages_browser import Request, recorded, short
from bench.pages_store import DATASET, Store, served, stored
from dashboard.web import ERRORS

TARGET_MS = 150.0
WARM_UP = 3


def timed(address: str, request: Request, repeat: int) -> np.ndarray:
    """Milliseconds from sending to the last byte of the answer, `repeat` times; RuntimeError when it is an error."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))

    def ask(headers: dict[str, str]) -> bytes:
        connection.request("POST", "/_dash-update-component", request.body, headers)
        response = connection.getresponse()
        if response.status not in (200, 204):
            raise RuntimeError(f"{request.name} answered {response.status}")
        return response.read()

    # A callback that fails answers 200, with a note for the place of the errors.
    if ERRORS.encode() in (answer := ask(request.headers | {"accept-encoding": "identity"})):
        raise RuntimeError(f"{request.name} failed: {answer.decode()[:500]}")
    taken = []
    for _ in range(WARM_UP + repeat):
        start = time.perf_counter()
        ask(request.headers)
        taken.append(1000 * (time.perf_counter() - start))
    connection.close()
    return np.array(taken[WARM_UP:])


def not_asked(address: str, requests: list[Request]) -> list[str]:
    """The server's callbacks that no recorded request was for, by what they fill first."""
    with urlopen(f"{address}/_dash-dependencies") as response:
        dependencies = json.load(response)
    asked = {request.output for request in requests}
    outputs = [each["output"] for each in dependencies if not each["clientside_function"]]
    return sorted(short(output) for output in outputs if output not in asked)


def measure(address: str, repeat: int) -> list[dict]:
    """Record, replay, print the table; one row per page and callback."""
    requests = recorded(address, DATASET)
    rows = []
    width = max(len(request.name) for request in requests)
    print(f"{'callback':{width}} {'requests':>8} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}")
    for name in dict.fromkeys(request.name for request in requests):
        same = [request for request in requests if request.name == name]
        taken = np.concatenate([timed(address, request, max(repeat // len(same), 10)) for request in same])
        p50, p95 = np.percentile(taken, [50, 95])
        rows.append({"callback": name, "requests": len(same), "p50_ms": p50, "p95_ms": p95, "max_ms": taken.max()})
        late = "  over the target" if p95 > TARGET_MS else ""
        print(f"{name:{width}} {len(same):8d} {p50:8.1f} {p95:8.1f} {taken.max():8.1f}{late}", flush=True)
    missed = not_asked(address, requests)
    print(f"\nasked for only by pressing a button, or not at all ({len(missed)}):", *missed, sep="\n  ")
    return rows


def main() -> int:
    """Command line; exit code 1 when a callback misses the target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workdir", type=Path, default=Path(tempfile.gettempdir()) / "kindred-pages-bench")
    parser.add_argument("--repeat", type=int, default=60)
    parser.add_argument("--processes", type=int, default=2, help="gunicorn workers")
    options = parser.parse_args()
    with ExitStack() as stack:
        store: Store = stack.enter_context(stored(options.workdir, options.rows, options.database))
        address = stack.enter_context(served(store, options.processes))
        rows = measure(address, options.repeat)
    worst = max(rows, key=lambda row: row["p95_ms"])
    print(
        f"\n{options.rows:,} customers, {options.database}, {options.processes} processes: "
        f"worst p95 {worst['p95_ms']:.1f} ms ({worst['callback']}), target {TARGET_MS:.0f} ms"
    )
    return int(worst["p95_ms"] > TARGET_MS)


if __name__ == "__main__":
    sys.exit(main())
