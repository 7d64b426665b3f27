"""How often the reality check cries wolf, and what it takes for it to see groups.

``python -m bench.reality_bench [--sets 200] [--planted 12] [--part noise|splits|power|k]``. Structureless customers of
every kind (200 to 5,000 rows, 2 to 10 features): "groups" on at most 5 of 100. One column in two: never "groups".
Planted groups (3 to 6, four shapes, separations from barely visible to clear): the share found as a curve, at a clear
separation at least 95 %, and the planted number recommended in at least 90 %. Takes many minutes.
"""

import argparse
import time
from collections import Counter

import numpy as np
import pandas as pd

from bench.structures import AS_OF, STRUCTURELESS, attributes_of, checked, one_split, planted, structureless

SEPARATIONS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0)
CLEAR = 5.0
SHAPES = ("even", "unequal", "noise", "skewed")
ROWS = (200, 400, 800, 1500, 5000)


def noise(sets: int) -> bool:
    """False alarms by kind."""
    alarms: Counter[str] = Counter()
    splits: Counter[str] = Counter()
    for number in range(sets):
        kind = STRUCTURELESS[number % len(STRUCTURELESS)]
        rng = np.random.default_rng([number, 99])
        found = checked(structureless(kind, int(rng.choice(ROWS)), int(rng.integers(2, 11)), 1000 + number))
        alarms[kind] += found.verdict == "groups"
        splits[kind] += found.verdict == "split"
    for kind in STRUCTURELESS:
        print(f"  {kind:24} groups {alarms[kind]:2}  split {splits[kind]:2}")
    allowed = sets * 10 // 200
    print(f"structureless: 'groups' on {alarms.total()} of {sets} (at most {allowed}), a split on {splits.total()}")
    return alarms.total() <= allowed


def splits(sets: int) -> bool:
    """Verdicts where one column falls into two."""
    told: Counter[str] = Counter()
    for number in range(sets):
        kind = ("zero-inflated", "bimodal")[number % 2]
        told[checked(one_split(kind, ROWS[1 + number % 3], 2 + number % 5, number)).verdict] += 1
    print(f"one column in two: {dict(told)} of {sets} (never groups)")
    return told["groups"] == 0


def power(sets: int) -> bool:
    """The share of planted groups found, by separation and shape."""
    clear = []
    for separation in SEPARATIONS:
        found = {}
        for shape in SHAPES:
            verdicts = [checked(_planted(number, separation, shape)).verdict for number in range(sets)]
            found[shape] = verdicts.count("groups") / sets
            if separation >= CLEAR:
                clear.append(found[shape])
        told = "  ".join(f"{shape} {share:4.0%}" for shape, share in found.items())
        print(f"  separation {separation:.1f} sd: {told}", flush=True)
    print(f"planted, from {CLEAR} sd on: found {np.mean(clear):.0%} (at least 95 %)")
    return bool(np.mean(clear) >= 0.95)


def numbers(sets: int) -> bool:
    """How often the full selection recommends the planted number."""
    from segmentation.features.recipes import match, recipe
    from segmentation.modelling.fitting import FitOptions, fit_model

    right = 0
    for number in range(sets):
        frame = _planted(number, CLEAR, SHAPES[number % len(SHAPES)])
        attributes = attributes_of(frame)
        told = fit_model(match(recipe("all_usable"), attributes), attributes, frame, AS_OF, FitOptions())
        right += told.bundle.k == _groups(number)
    print(f"planted number recommended in {right} of {sets} (at least 90 %)")
    return right >= 0.9 * sets


def _groups(number: int) -> int:
    return 3 + number % 4


def _planted(number: int, separation: float, shape: str) -> pd.DataFrame:
    columns = 2 + number % 6
    return planted(_groups(number), columns, separation, number, n=500, shape=shape).drop(columns="group")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--planted", type=int, default=12, help="sets per point of the curve")
    parser.add_argument("--part", choices=["noise", "splits", "power", "k"])
    asked = parser.parse_args()
    parts = {
        "noise": lambda: noise(asked.sets),
        "splits": lambda: splits(max(2, asked.sets // 10)),
        "power": lambda: power(asked.planted),
        "k": lambda: numbers(2 * asked.planted),
    }
    reached = []
    for name, part in parts.items():
        if asked.part in (None, name):
            start = time.perf_counter()
            reached.append(part())
            print(f"({time.perf_counter() - start:.0f} s)", flush=True)
    print(f"target: {'reached' if all(reached) else 'missed'}")
    return 0 if all(reached) else 1


if __name__ == "__main__":
    raise SystemExit(main())
