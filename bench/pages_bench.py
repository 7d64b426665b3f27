"""How long the server takes for every page, and how soon each is ready, with a million customers stored.

    python -m bench.pages_bench [--rows 1000000] [--database sqlite|postgresql] [--workdir DIR] [--repeat 60]

1. A store of generated customers is built with `kindred import` and `kindred train` (k 4, then 5); it is kept in
   ``--workdir`` and used again by the next run.
2. `kindred serve` (gunicorn) is started on it. A real Chromium opens every page, then moves every slider and changes
   every choice it finds. Buttons are not pressed: they write.
3. Every request the browser sent to the callbacks, every page's document and the printable report are asked for again,
   `--repeat` times over one connection, and timed. Which callbacks of the application the browser never asked for is
   printed too.
4. Every page is opened again with its files in the cache, until nothing is left to draw.
5. `--users` at once open pages for a minute with half a second to think.

Targets: p95 of every request at most 150 ms; every page ready within 2 s, the map in space within 3 s; no error.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from bench.pages_browser import Request, opened, pages_of, ready, recorded, short
from bench.pages_store import DATASET, Store, served, stored
from bench.pages_users import ask, visit
from dashboard.web import ERRORS

TARGET_MS = 150.0
READY_S, READY_3D_S = 2.0, 3.0
READY_REPEAT = 5
VISIT_S = 60
WARM_UP = 3


def timed(address: str, request: Request, repeat: int) -> np.ndarray:
    """Milliseconds from sending to the last byte of the answer, `repeat` times; RuntimeError when it is an error."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    # A callback that fails answers 200, with a note for the place of the errors.
    if request.body and ERRORS.encode() in (answer := ask(connection, request, {"accept-encoding": "identity"})):
        raise RuntimeError(f"{request.name} failed: {answer.decode()[:500]}")
    taken = []
    for _ in range(WARM_UP + repeat):
        start = time.perf_counter()
        ask(connection, request)
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


def measure(address: str, requests: list[Request], repeat: int) -> list[str]:
    """Replay, print the table; what misses the target."""
    late = []
    width = max(len(request.name) for request in requests)
    print(f"{'request':{width}} {'different':>9} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}")
    for name in dict.fromkeys(request.name for request in requests):
        same = [request for request in requests if request.name == name]
        taken = np.concatenate([timed(address, request, max(repeat // len(same), 10)) for request in same])
        p50, p95 = np.percentile(taken, [50, 95])
        late += [f"{name}: p95 {p95:.0f} ms"] if p95 > TARGET_MS else []
        print(f"{name:{width}} {len(same):9d} {p50:8.1f} {p95:8.1f} {taken.max():8.1f}", flush=True)
    missed = not_asked(address, requests)
    print(f"\nasked for only by pressing a button, or not at all ({len(missed)}):", *missed, sep="\n  ")
    return late


def measure_ready(pages: dict[str, str]) -> list[str]:
    """Open every page again and print how long it took; what misses the target."""
    late = []
    print(f"\n{'ready':24} {'median s':>9} {'max s':>9}")
    with opened() as page:
        for name, target in [(each, READY_S) for each in pages] + [("map in space", READY_3D_S)]:
            taken = ready(page, pages.get(name) or f"{pages['map']}&view=3", READY_REPEAT)
            late += [f"{name}: ready after {np.median(taken):.1f} s"] if np.median(taken) > target else []
            print(f"{name:24} {np.median(taken):9.2f} {max(taken):9.2f}", flush=True)
    return late


def main() -> int:
    """Command line; exit code 1 when something misses its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workdir", type=Path, default=Path(tempfile.gettempdir()) / "kindred-pages-bench")
    parser.add_argument("--repeat", type=int, default=60)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2, help="gunicorn workers")
    options = parser.parse_args()
    with ExitStack() as stack:
        store: Store = stack.enter_context(stored(options.workdir, options.rows, options.database))
        address = stack.enter_context(served(store, options.processes))
        with opened() as page:
            pages = pages_of(page, address, DATASET)
            requests = recorded(page, pages)
        requests.append(Request("report", "document", f"/report/{DATASET}", None, {}))
        late = measure(address, requests, options.repeat) + measure_ready(pages)
        told = visit(address, requests, options.users, VISIT_S)
    print(
        f"\n{options.users} users, {VISIT_S} s: {told.pages} pages, {len(told.taken)} requests, p95 "
        f"{np.percentile(told.taken, 95):.0f} ms, {len(told.errors)} errors",
        *told.errors[:5],
        f"\n{options.rows:,} customers, {options.database}, {options.processes} processes, load "
        f"{os.getloadavg()[0]:.1f}: {len(late)} miss their target",
        *late, sep="\n",
    )  # fmt: skip
    return int(bool(late or told.errors))


if __name__ == "__main__":
    sys.exit(main())
