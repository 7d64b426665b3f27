"""What if a whole group changed: everybody scored before and after, against bare predict on the changed matrix.

``python -m bench.group_bench [--rows 1000000] [--columns 12]``. The group is read from a snapshot as
`GroupService.run` reads it, part by part; predict has the changed customers in memory. Processor time of both, which
other work on the machine does not change; at most 3 times.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.common import generate_customers
from bench.whatif_bench import SEGMENTS, model
from segmentation.borders import borderline_under
from segmentation.snapshots import Snapshots, frame_of
from segmentation.whatif.group import Change, changed, ranges
from segmentation.whatif.moves import GroupResult, Moves

MOST = 3.0
CHANGES = [
    Change("income", "multiply", 1.2),
    Change("web_purchases", "add", 2.0),
    Change("spend_food", "at_least", 300.0),
]


class OneFile(Snapshots):
    """Reads this file, whatever is asked."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def path(self, slug: str) -> Path:
        return self._file


def answered(file: Path, bundle: Any, form: Any, limits: Any) -> GroupResult:
    """As `GroupService.run` does it for everyone."""
    moves = Moves(SEGMENTS, ["spend_food"], borderline_under(bundle.algorithm))
    for frame in OneFile(file).parts("", [*bundle.inputs]):
        moves.add(bundle, frame, CHANGES, form, limits)
    segments = [(f"s{label}", f"S{label}", 1) for label in range(SEGMENTS)]
    return moves.result(segments, CHANGES, version=1, as_of=bundle.as_of, group="Everyone")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=12)
    asked = parser.parse_args()
    bundle, form, _, everyone, _ = model(asked.columns)
    limits = ranges(form, everyone, bundle.as_of)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "customers.parquet"
        table = generate_customers(asked.rows, asked.columns).drop_columns("customer_id")
        table = table.add_column(0, "customer_id", pa.array(range(asked.rows), pa.int64()))
        pq.write_table(table, file)
        now = changed(frame_of(table), CHANGES, form, limits).frame
        begun = time.process_time()
        labels = bundle.pipeline.predict(now)
        bare = time.process_time() - begun
        begun = time.process_time()
        told = answered(file, bundle, form, limits)
        took = time.process_time() - begun
    after = {each.slug: each.after for each in told.segments}
    assert all(after[f"s{label}"] == (labels == label).sum() for label in range(len(after)))
    print(f"{told.customers:,} customers x {asked.columns}: {told.moved:,} move")
    print(f"group {took:.1f} s, predict {bare:.1f} s of processor time: {took / bare:.2f} times (at most {MOST:.0f})")
    raise SystemExit(took / bare > MOST)


if __name__ == "__main__":
    main()
