"""Training against its floor: StandardScaler and KMeans of scikit-learn on the matrix in memory.

``python -m bench.train_bench [--rows 1000000] [--k 5] [--n-init 10]``. Each side is a process of its own. The product
reads the snapshot, derives, imputes, clips, straightens, scales, encodes, clusters and labels everybody; comparing
numbers of segments (validation) is left out. Two floors, both with the same ``n_init``: on the values as they are
(missing ones filled, categories one-hot), and on the straightened values, where k-means has the same work to do as
in the product. Target: at most 1.5 times the first floor.
"""

import argparse
import json
import tempfile
import time
from datetime import date
from pathlib import Path

from bench.common import generate_customers, measured

TARGET = 1.5
AS_OF = date(2026, 1, 1)


def store(folder: Path, rows: int) -> None:
    """A store of generated customers with its snapshot, as after an import."""
    import pyarrow.csv as pa_csv

    from segmentation.services.imports import ImportOptions
    from segmentation.snapshots import Snapshots

    services = opened(folder)
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "customers.csv"
        pa_csv.write_csv(generate_customers(rows), path)
        services.imports.import_file(path, "bench", ImportOptions(key="customer_id"), by="bench")
    Snapshots(services.database, services.settings).path("bench")
    services.close()


def opened(folder: Path):  # type: ignore[no-untyped-def]
    """The services over a store in `folder`, migrated."""
    from db.schema_version import upgrade
    from segmentation.config import Settings
    from segmentation.services import Services

    settings = Settings(data_dir=folder, secret_key="bench")
    settings.make_folders()
    services = Services(settings)
    upgrade(services.database)
    return services


def product(folder: Path, k: int, n_init: int) -> dict[str, float]:
    """Seconds of the product, with validation apart."""
    from segmentation.features.recipes import match, recipe
    from segmentation.modelling.fitting import FitOptions, fit_model
    from segmentation.services.reading import read_customers

    services = opened(folder)
    at: dict[str, float] = {}
    start = time.perf_counter()
    customers = read_customers(services.database, services.settings, "bench")
    read = time.perf_counter()
    matched = match(recipe("all_usable"), customers.attributes)
    options = FitOptions(k=k, n_init=n_init)
    fitted = fit_model(
        matched, customers.attributes, customers.frame, AS_OF, options,
        progress=lambda _share, phase: at.setdefault(phase.split(" ")[0], time.perf_counter()),
    )  # fmt: skip
    end = time.perf_counter()
    services.close()
    validation = at["forming"] - at["trying"]
    return {
        "seconds": end - start - validation,
        "reading": read - start,
        "preparing": at["trying"] - read,
        "clustering": at["measuring"] - at["forming"],
        "labelling": end - at["measuring"],
        "validation": validation,
        "iterations": float(fitted.bundle.pipeline[-1].n_iter_),
    }


def floor(folder: Path, k: int, n_init: int, straightened: bool) -> dict[str, float]:
    """Seconds of scikit-learn alone; the matrix is made before the clock starts."""
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    from segmentation.features.plan import plan
    from segmentation.features.preparation import preparation
    from segmentation.features.recipes import match, recipe
    from segmentation.services.reading import read_customers

    services = opened(folder)
    customers = read_customers(services.database, services.settings, "bench")
    services.close()
    planned = plan(match(recipe("all_usable"), customers.attributes), customers.attributes, customers.frame, AS_OF)
    prepare = preparation(planned.features, seed=42, plain=not straightened)
    X = np.ascontiguousarray(prepare.fit_transform(planned.values))
    del customers, planned
    start = time.perf_counter()
    if straightened:  # scaled already; scaling again costs what scaling costs and would undo the weights
        StandardScaler().fit_transform(X)
    else:
        X = StandardScaler().fit_transform(X)
    model = KMeans(k, n_init=n_init, random_state=42).fit(X)
    return {"seconds": time.perf_counter() - start, "iterations": float(model.n_iter_)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--n-init", type=int, default=10)
    parser.add_argument("--side", choices=["product", "floor", "straightened"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side == "product":
        print(json.dumps(product(asked.folder, asked.k, asked.n_init)))
        return 0
    if asked.side:
        print(json.dumps(floor(asked.folder, asked.k, asked.n_init, asked.side == "straightened")))
        return 0
    with tempfile.TemporaryDirectory(prefix="kindred-bench-") as folder:
        store(Path(folder), asked.rows)
        print(f"{asked.rows:,} customers x 12 attributes, k = {asked.k}, n_init = {asked.n_init}")
        found = {}
        for side in ("floor", "straightened", "product"):
            argv = ["-m", "bench.train_bench", "--side", side, "--folder", folder]
            process = measured([*argv, "--k", str(asked.k), "--n-init", str(asked.n_init)])
            found[side] = json.loads(process.stdout)
            ratio = found[side]["seconds"] / found["floor"]["seconds"]
            told = ", ".join(f"{name} {value:.1f}" for name, value in found[side].items())
            print(f"{side:13} {ratio:4.2f} x the floor  peak {process.peak_mb:5.0f} MB  ({told})", flush=True)
    ratio = found["product"]["seconds"] / found["floor"]["seconds"]
    print(f"against the straightened floor: {found['product']['seconds'] / found['straightened']['seconds']:.2f} x")
    print(f"target: at most {TARGET} x the floor: {'reached' if ratio <= TARGET else 'missed'}")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
