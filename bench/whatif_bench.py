"""What it would take: how long a path to a segment takes, and how far the search is from the exact answer on k-means.

``python -m bench.whatif_bench [--columns 30] [--paths 200] [--searches 20]``. Paths: customers of a k-means model with
that many attributes to each of the other segments, everything unlocked; p95 at most 100 ms. Search: the same questions
answered as for a model whose borders are bent; the gap is its distance over that of the exact way, minus 1.
"""

import argparse
import time
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from bench.common import generate_customers
from segmentation import profiles, scoring
from segmentation.controls import controls
from segmentation.features.recipes import match, recipe
from segmentation.modelling.fitting import FitOptions, fit_model
from segmentation.whatif.bent import bent_path
from segmentation.whatif.landing import Question
from segmentation.whatif.levers import levers
from segmentation.whatif.limits import limits
from segmentation.whatif.paths import find_path, reach_of

ROWS, SEGMENTS = 20_000, 6
MOST_MS = 100


def model(columns: int) -> tuple[Any, list[Any], dict[str, Any], dict[str, Any], pd.DataFrame]:
    """A k-means model on generated customers, with its form, its limits, the profile of everyone and the customers."""
    frame = generate_customers(ROWS, columns).to_pandas().drop(columns="customer_id")
    frame = frame.astype(dict.fromkeys(("region", "channel"), object))
    attributes = {
        name: SimpleNamespace(name=name, label=name, kind=kind, role="value", unit=None, sensitive=False)
        for name in frame
        for kind in ["number" if frame[name].dtype == float else "category"]
    }
    of = list(attributes.values())
    bundle = fit_model(match(recipe("all_usable"), of), of, frame, date(2024, 1, 1), FitOptions(k=SEGMENTS)).bundle
    told = profiles.profile(frame, np.zeros(ROWS, dtype=int), 1, of, set())
    everyone = {row.attribute: row for row in told if row.segment_label is None}
    form = controls(bundle.inputs, attributes, everyone)
    return bundle, form, limits(form, everyone, attributes), everyone, frame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--paths", type=int, default=200)
    parser.add_argument("--searches", type=int, default=20)
    asked = parser.parse_args()
    bundle, form, own, _, frame = model(asked.columns)
    labels = scoring.assign(bundle, frame).label
    rng = np.random.default_rng(0)
    took, searched, gaps, reached = [], [], [], 0
    for number in range(asked.paths):
        at = int(rng.integers(ROWS))
        target = int(rng.choice([label for label in range(SEGMENTS) if label != labels[at]]))
        values = {name: None if pd.isna(value) else value for name, value in frame.iloc[at].items()}
        begun = time.process_time()
        found = find_path(bundle, form, values, own, target)
        took.append(1000 * (time.process_time() - begun))
        reached += bool(found.ways)
        if number >= asked.searches or not found.ways:
            continue
        near = reach_of(own, values)
        begun = time.process_time()
        question = Question(bundle, form, near, levers(bundle, form, values, near), target)
        other = bent_path(question)
        searched.append(1000 * (time.process_time() - begun))
        gaps.append(other.distance / found.ways[0].landing.distance - 1 if other else np.inf)
    p50, p95 = np.percentile(took, [50, 95])
    print(
        f"path, {asked.columns} attributes: p50 {p50:.0f} ms, p95 {p95:.0f} ms (at most {MOST_MS}), {reached} reached"
    )
    print(f"search: median gap {np.median(gaps):.1%}, worst {max(gaps):.1%}, p50 {np.median(searched):.0f} ms")
    raise SystemExit(p95 > MOST_MS)


if __name__ == "__main__":
    main()
