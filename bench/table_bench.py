"""How long a page of the customers table takes, at any depth, sorted and narrowed in several ways.

    python -m bench.table_bench [--rows 1000000] [--database sqlite|postgresql] [--pages 40] [--processes 2]

Each question is asked for its first page and then for `pages` pages at random depths; the first of a question makes
the order, the others are slices of it. Target: p95 of all pages <= 200 ms.
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
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from bench.pages_store import DATASET, Store, served, stored

TARGET_MS = 200.0
PAGE = 100
COLUMNS = ["age", "income", "recency_days", "spend_food", "spend_home", "region"]
QUESTIONS: dict[str, tuple[dict[str, Any], list[dict[str, str]]]] = {
    "as they came": ({}, []),
    "by spending, highest first": ({}, [{"colId": "spend_food", "sort": "desc"}]),
    "by key": ({}, [{"colId": "customer_key", "sort": "asc"}]),
    "by segment": ({}, [{"colId": "@segment", "sort": "asc"}]),
    "by region": ({}, [{"colId": "region", "sort": "asc"}]),
    "borderline, by income": ({"word": "borderline"}, [{"colId": "income", "sort": "asc"}]),
    "key begins with C005": ({"prefix": "C005"}, []),
    "age 30 to 50, West": (
        {"conditions": [{"attribute": "age", "low": 30, "high": 50}, {"attribute": "region", "level": "West"}]},
        [{"colId": "income", "sort": "desc"}],
    ),
}


def body(asked: dict[str, Any], sort: list[dict[str, str]], start: int) -> str:
    """The request the grid sends for the rows from `start`."""
    state = {"prefix": "", "segment": "", "word": "", "conditions": [], "columns": COLUMNS, "ready": True} | asked
    value = {"startRow": start, "endRow": start + PAGE, "sortModel": sort}
    return json.dumps(
        {
            "output": "..customers--grid.getRowsResponse...customers--says.children..",
            "outputs": [
                {"id": "customers--grid", "property": "getRowsResponse"},
                {"id": "customers--says", "property": "children"},
            ],
            "inputs": [{"id": "customers--grid", "property": "getRowsRequest", "value": value}],
            "state": [
                {"id": "customers--asked", "property": "data", "value": state},
                {"id": "customers--query", "property": "data", "value": {"dataset": DATASET}},
            ],
            "changedPropIds": ["customers--grid.getRowsRequest"],
        }
    )


def measure(address: str, pages: int) -> np.ndarray:
    """Milliseconds of every page, the first of each question included; prints a line per question."""
    where = urlsplit(address)
    rng = np.random.default_rng(1)
    all_taken = []
    print(f"{'question':28} {'found':>9} {'first ms':>9} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}")
    for name, (asked, sort) in QUESTIONS.items():
        taken, total = [], 0
        for at in range(pages + 1):
            start = int(rng.integers(0, max(total - PAGE, 1))) if at else 0
            began = time.perf_counter()
            shown = ask(where.netloc, body(asked, sort, start))
            taken.append(1000 * (time.perf_counter() - began))
            total = shown["rowCount"]
            if len(shown["rowData"]) != min(PAGE, total - start):
                raise RuntimeError(f"{name}: {len(shown['rowData'])} rows from {start} of {total}")
        rest = np.array(taken[1:])
        p50, p95 = np.percentile(rest, [50, 95])
        print(f"{name:28} {total:9,} {taken[0]:9.1f} {p50:8.1f} {p95:8.1f} {rest.max():8.1f}", flush=True)
        all_taken += taken
    return np.array(all_taken)


def ask(netloc: str, request: str) -> dict[str, Any]:
    """The rows of one request over a connection of its own."""
    connection = http.client.HTTPConnection(netloc)
    headers = {"Content-Type": "application/json", "Origin": f"http://{netloc}"}
    connection.request("POST", "/_dash-update-component", request, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    shown = answer["response"].get("customers--grid", {}).get("getRowsResponse")
    if response.status != 200 or shown is None:
        raise RuntimeError(f"the table answered {response.status}: {str(answer)[:300]}")
    return dict(shown)


def main() -> int:
    """Command line; exit code 1 when the p95 misses the target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workdir", type=Path, default=Path(tempfile.gettempdir()) / "kindred-pages-bench")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--processes", type=int, default=2, help="gunicorn workers")
    options = parser.parse_args()
    with ExitStack() as stack:
        store: Store = stack.enter_context(stored(options.workdir, options.rows, options.database))
        address = stack.enter_context(served(store, options.processes))
        taken = measure(address, options.pages)
    p95 = float(np.percentile(taken, 95))
    print(
        f"\n{options.rows:,} customers, {options.database}, {options.processes} processes, load "
        f"{os.getloadavg()[0]:.1f}: p95 of {len(taken)} pages {p95:.1f} ms, target {TARGET_MS:.0f} ms"
    )
    return int(p95 > TARGET_MS)


if __name__ == "__main__":
    sys.exit(main())
