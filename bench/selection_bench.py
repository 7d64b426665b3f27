"""The full selection: every criterion for 2 to 10 segments, stability and the reality check.

``python -m bench.selection_bench [--rows 2240] [--columns 20] [--bare]``. Target at 2,240 x 20: at most 20 s. With
``--bare`` the same process first runs nine bare k-means fits at ``n_init`` 10 on the prepared matrix; target: at
most 4 times their time.
"""

import argparse
import time
from datetime import date

from bench.common import generate_customers
from bench.structures import attributes_of

AS_OF = date(2026, 1, 1)
TARGET_S, TARGET_RATIO = 20.0, 4.0
SMALL = 2_240  # the first target is for this many; the ratio is for more


def main() -> int:
    from sklearn.cluster import KMeans

    from segmentation.features.recipes import match, recipe
    from segmentation.modelling.fitting import FitOptions, fit_model

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_240)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--bare", action="store_true", help="nine bare k-means fits first, and the ratio to them")
    asked = parser.parse_args()
    frame = generate_customers(asked.rows, asked.columns).to_pandas().drop(columns="customer_id")
    frame.index.name = "customer_id"
    attributes = attributes_of(frame)
    matched = match(recipe("all_usable"), attributes)
    phases: dict[str, float] = {}
    last = ["", time.perf_counter()]

    def told(_share: float, phase: str) -> None:
        now, name = time.perf_counter(), phase.partition(" (")[0]
        phases[str(last[0])] = phases.get(str(last[0]), 0.0) + now - float(last[1])
        last[:] = [name, now]

    start = time.perf_counter()
    fitted = fit_model(matched, attributes, frame, AS_OF, FitOptions(), told)
    told(1.0, "done")
    seconds = time.perf_counter() - start
    print(f"{asked.rows:,} customers x {asked.columns}: {seconds:.1f} s, {fitted.bundle.k} segments")
    for name, took in sorted(phases.items(), key=lambda item: -item[1]):
        if took > 0.05:
            print(f"  {took:6.2f} s  {name}")
    reached = seconds <= TARGET_S or asked.rows > SMALL
    if asked.bare:
        start = time.perf_counter()
        for k in range(2, 11):
            KMeans(k, n_init=10, random_state=42).fit(fitted.X)
        bare = time.perf_counter() - start
        reached = seconds <= TARGET_RATIO * bare
        print(f"nine bare fits: {bare:.1f} s; the full selection takes {seconds / bare:.2f} x")
    print(f"target: {'reached' if reached else 'missed'}")
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
