"""The full selection: every criterion for 2 to 10 segments, stability and the reality check.

``python -m bench.selection_bench [--rows 1000000] [--columns 12] [--small] [--growth]``

Without more it runs the selection, and then nine bare k-means fits at ``n_init`` 10 on the very same matrix; target:
at most 4 times their time, and a peak of memory of at most 4 matrices over the worker before it began. ``--small`` is
what every user meets first, 2,240 customers x 20; target: 20 s. ``--growth`` goes from 10,000 to 1,000,000 rows and
says whether the time grows faster than the rows. Each size is a process of its own, so that none profits from another.
"""

import argparse
import json
import time
from datetime import date
from itertools import pairwise
from typing import Any

from bench.common import generate_customers, measured
from bench.structures import attributes_of

AS_OF = date(2026, 1, 1)
TARGET_S, TARGET_RATIO, TARGET_MATRICES = 20.0, 4.0, 4.0
SMALL = (2_240, 20)
GROWING = (10_000, 100_000, 1_000_000)
PLATEAU = 1.1  # of linear growth: what two measurements of the same differ by


def selection(rows: int, columns: int, bare: bool) -> dict[str, Any]:
    """Seconds of the selection (by phase) and of the bare fits, and what it held in memory, in MB."""
    import psutil
    from sklearn.cluster import KMeans

    from segmentation.features.recipes import match, recipe
    from segmentation.modelling.fitting import FitOptions, fit_model
    from segmentation.modelling.leaderboard import Memory

    frame = generate_customers(rows, columns).to_pandas().drop(columns="customer_id")
    frame.index.name = "customer_id"
    attributes = attributes_of(frame)
    matched = match(recipe("all_usable"), attributes)
    phases: dict[str, float] = {}
    last: list[Any] = ["", time.perf_counter()]

    def told(_share: float, phase: str) -> None:
        now, name = time.perf_counter(), phase.partition(" (")[0]
        phases[str(last[0])] = phases.get(str(last[0]), 0.0) + now - last[1]
        last[:] = [name, now]

    fit_model(matched, attributes, frame.head(200), AS_OF, FitOptions(k=2, validate=False))  # what an idle worker knows
    held = psutil.Process().memory_info().rss
    start, busy = time.perf_counter(), time.process_time()
    with Memory() as memory:
        fitted = fit_model(matched, attributes, frame, AS_OF, FitOptions(), told)
    told(1.0, "done")
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    alone = alone_busy = None
    if bare:
        start, alone_busy = time.perf_counter(), time.process_time()
        for k in range(2, 11):
            KMeans(k, n_init=10, random_state=42).fit(fitted.X)
        alone, alone_busy = time.perf_counter() - start, time.process_time() - alone_busy
    matrix = fitted.X.nbytes / 2**20
    return {
        "rows": rows, "columns": fitted.X.shape[1], "seconds": seconds, "bare": alone, "k": fitted.bundle.k,
        "phases": phases, "busy": busy, "bare_busy": alone_busy, "matrix": matrix, "held": held / 2**20,
        "peak": memory.peak / 2**20,
    }  # fmt: skip


def run(rows: int, columns: int, bare: bool) -> dict[str, Any]:
    """The same in a process of its own."""
    command = ["-m", "bench.selection_bench", "--child", "--rows", str(rows), "--columns", str(columns)]
    found: dict[str, Any] = json.loads(measured([*command, *["--bare"] * bare]).stdout)
    return found


def tell(found: dict[str, Any]) -> None:
    print(
        f"{found['rows']:,} customers x {found['columns']} columns: {found['seconds']:.1f} s ({found['busy']:.1f} s of "
        f"processors), {found['k']} segments; "
        f"matrix {found['matrix']:.0f} MB, {found['peak']:.0f} MB more than the {found['held']:.0f} MB held before"
    )
    for name, took in sorted(dict(found["phases"]).items(), key=lambda item: -item[1]):
        if took > 0.05:
            print(f"  {took:7.2f} s  {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=12)
    parser.add_argument("--small", action="store_true", help="2,240 customers x 20 alone")
    parser.add_argument("--growth", action="store_true", help="from 10,000 to 1,000,000 rows")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(selection(asked.rows, asked.columns, asked.bare)))
        return 0
    if asked.small:
        found = run(*SMALL, bare=False)
        tell(found)
        return verdict([float(found["seconds"]) <= TARGET_S])
    sizes = GROWING if asked.growth else (asked.rows,)
    all_found = [run(rows, asked.columns, bare=rows == sizes[-1]) for rows in sizes]
    for found in all_found:
        tell(found)
    biggest = all_found[-1]
    ratio, matrices = biggest["seconds"] / biggest["bare"], biggest["peak"] / biggest["matrix"]
    print(
        f"nine bare fits: {biggest['bare']:.1f} s; the full selection takes {ratio:.2f} x (at most {TARGET_RATIO:.0f})"
    )
    print(f"of processors: {biggest['bare_busy']:.1f} s and {biggest['busy'] / biggest['bare_busy']:.2f} x")
    print(f"peak over the idle worker: {matrices:.2f} matrices (at most {TARGET_MATRICES:.0f})")
    reached = [ratio <= TARGET_RATIO, matrices <= TARGET_MATRICES]
    for smaller, larger in pairwise(all_found):
        rows, seconds = larger["rows"] / smaller["rows"], larger["seconds"] / smaller["seconds"]
        print(f"{smaller['rows']:,} to {larger['rows']:,} rows: {rows:.0f} x the rows, {seconds:.1f} x the time")
        reached.append(seconds <= PLATEAU * rows)
    return verdict(reached)


def verdict(reached: list[bool]) -> int:
    print(f"target: {'reached' if all(reached) else 'missed'}")
    return 0 if all(reached) else 1


if __name__ == "__main__":
    raise SystemExit(main())
