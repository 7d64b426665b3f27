"""Scoring against its floor: scikit-learn's predict on the matrix in memory and inserting the labels.

``python -m bench.score_bench [--rows 1000000] [--database sqlite|postgresql]``. Each side is a process of its own on
the same store, and inserts one run into the same indexed table, ``assignment``. The product reads the snapshot,
prepares, assigns with confidence and runner-up, and stores; profiles and the map are timed apart. Target: at most
1.5 times the floor, profiles and map at most 2 s.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.common import generate_customers, measured
from bench.import_bench import fresh_url

TARGET = 1.5
TARGET_PROFILES_S = 2.0


@contextmanager
def opened(folder: Path, url: str) -> Iterator[Any]:
    """The services over the store at `url`."""
    from segmentation.config import Settings
    from segmentation.services import Services

    settings = Settings(data_dir=folder, database_url=url, secret_key="bench")
    settings.make_folders()
    services = Services(settings)
    yield services
    services.close()


def store(folder: Path, url: str, rows: int) -> None:
    """Generated customers, a model of five segments, and the snapshot."""
    import pyarrow.csv as pa_csv

    from segmentation.services.imports import ImportOptions
    from segmentation.services.training import TrainOptions

    with opened(folder, url) as services, tempfile.TemporaryDirectory() as work:
        path = Path(work) / "customers.csv"
        pa_csv.write_csv(generate_customers(rows), path)
        services.imports.import_file(path, "bench", ImportOptions(key="customer_id"), by="bench")
        services.training.train("bench", TrainOptions(k=5, n_init=1), by="bench")


def product(folder: Path, url: str) -> dict[str, float]:
    """Seconds of a scoring run, profiles and map apart."""
    at: dict[str, float] = {}
    with opened(folder, url) as services:
        services.scoring.bundle("bench")  # libraries imported and the model loaded, as in a worker
        start = time.perf_counter()
        services.scoring.score(
            "bench", by="bench", progress=lambda _share, phase: at.setdefault(phase, time.perf_counter())
        )
        end = time.perf_counter()
    assigning, profiling = at["assigning the customers"], at["profiling the segments"]
    storing = at["storing the segments of all customers"]
    return {
        "seconds": end - start - (storing - profiling),
        "reading": assigning - start,
        "assigning": profiling - assigning,
        "storing": end - storing,
        "profiles and map": storing - profiling,
    }


def floor(folder: Path, url: str) -> dict[str, float]:
    """Seconds of predict and of inserting; the prepared matrix is in memory before the clock starts."""
    import numpy as np
    import pyarrow as pa

    from db.bulk import bulk_insert
    from db.models import Assignment, ScoringRun
    from db.queries.segments import champion_segments, newest_run
    from segmentation.scoring import prepare
    from segmentation.services.reading import read_customers

    with opened(folder, url) as services:
        model, bundle = services.scoring.bundle("bench")
        customers = read_customers(services.database, services.settings, "bench")
        X = prepare(bundle, customers.frame)
        ids = customers.frame.index.to_numpy()
        with services.database.reading() as session:
            segments = np.array([segment.id for segment, _ in champion_segments(session, model.id)])
            run = newest_run(session, model.id)
            columns = {c.name: getattr(run, c.name) for c in ScoringRun.__table__.columns if c.name != "id"}
        start = time.perf_counter()
        labels = bundle.pipeline[-1].predict(X)
        predicted = time.perf_counter()
        with services.database.writing() as session:
            row = ScoringRun(**columns)
            session.add(row)
            session.flush()
            zero = np.zeros(len(ids))
            batch = pa.record_batch(
                {
                    "scoring_run_id": np.full(len(ids), row.id), "customer_id": ids, "segment_id": segments[labels],
                    "confidence": zero, "distance": zero, "runner_up_id": segments[labels],
                }
            )  # fmt: skip
            bulk_insert(session.connection(), Assignment.__table__, [batch])
        end = time.perf_counter()
    return {"seconds": end - start, "predict": predicted - start, "insert": end - predicted}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--side", choices=["product", "floor"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps((product if asked.side == "product" else floor)(asked.folder, asked.url)))
        return 0
    found = {}
    with tempfile.TemporaryDirectory(prefix="kindred-bench-") as folder, fresh_url(asked.database, Path(folder)) as url:
        store(Path(folder) / "var", url, asked.rows)
        print(f"{asked.rows:,} customers x 12 attributes, {asked.database}")
        for side in ("floor", "product"):
            process = measured(
                ["-m", "bench.score_bench", "--side", side, "--folder", str(Path(folder) / "var"), "--url", url]
            )
            found[side] = json.loads(process.stdout)
            ratio = found[side]["seconds"] / found["floor"]["seconds"]
            told = ", ".join(f"{name} {value:.1f}" for name, value in found[side].items())
            print(f"{side:8} {ratio:4.2f} x the floor  peak {process.peak_mb:5.0f} MB  ({told})", flush=True)
    ratio, apart = found["product"]["seconds"] / found["floor"]["seconds"], found["product"]["profiles and map"]
    good = ratio <= TARGET and apart <= TARGET_PROFILES_S
    print(
        f"target: at most {TARGET} x the floor, profiles and map at most {TARGET_PROFILES_S:.0f} s: "
        f"{'reached' if good else 'missed'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
