"""What the fault tests share: a dataset, a file that changes it, real workers, and the store as it stands."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from sqlalchemy import select

from db.customers import read_batches
from db.models import Dataset, ImportBatch
from db.queries.datasets import attributes_of, dataset_by_slug
from db.session import Database
from segmentation.config import Settings
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.services.jobs import JobView

ROOT = Path(__file__).resolve().parents[2]
ROWS = 24_000
COUNTS = {"rows": ROWS, "created": ROWS // 3, "updated": ROWS // 3, "unchanged": ROWS // 3, "rejected": 0}
PATIENCE_S = 90.0


def until(true: Callable[[], Any]) -> Any:
    """What `true` answers as soon as it answers something."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = true()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def write_file(path: Path, first: int = 0, rows: int = ROWS, richer: int = 0) -> Path:
    """Customers `first` to `first` + `rows`; the first `richer` of them spend 1 more than their number says."""
    number = np.arange(first, first + rows)
    spend = number / 4 + (np.arange(rows) < richer)
    columns = {"customer_id": pa.array(np.char.add("C", number.astype(str))), "age": number % 60 + 18, "spend": spend}
    region = pa.array(np.array(["North", "East", "South", "West"])[number % 4])
    pa_csv.write_csv(pa.table({**columns, "region": region, "remark": pa.array(["nothing to remark on"] * rows)}), path)
    return path


@dataclass
class Shop:
    """The dataset ``shop`` of customers 0 to `ROWS`, and workers whose imports meet faults."""

    settings: Settings
    services: Services
    workers: list[subprocess.Popen] = field(default_factory=list)

    @classmethod
    def opened(cls, settings: Settings, folder: Path) -> "Shop":
        settings.make_folders()
        shop = cls(settings, Services(settings))
        stored = write_file(folder / "stored.csv")
        shop.services.imports.import_file(stored, "shop", ImportOptions(key="customer_id"))
        return shop

    @property
    def database(self) -> Database:
        return self.services.database

    def start_worker(self) -> subprocess.Popen:
        names = {"DATA_DIR": str(self.settings.data_dir), "DATABASE_URL": self.settings.url}
        names |= {"SECRET_KEY": self.settings.secret_key, "LOG_LEVEL": "WARNING"}
        environment = {**os.environ, **{f"KINDRED_{name}": value for name, value in names.items()}}
        with open(self.settings.data_dir / "worker.log", "a") as told:
            command = [sys.executable, "-m", "tests.integration.dying"]
            self.workers.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=told))
        return self.workers[-1]

    def submit(self, path: Path, fault: dict[str, Any] | None = None, slug: str = "shop") -> int:
        if fault:
            self.plan(fault)
        return self.services.jobs.submit("import", {"path": str(path)}, slug, by="ana")

    def plan(self, fault: dict[str, Any]) -> None:
        """What the next import meets, see `dying`."""
        (self.settings.data_dir / "fault.json").write_text(json.dumps(fault))

    @property
    def here(self) -> Path:
        """Made when the fault is met; removed by the test it lets the work go on."""
        return self.settings.data_dir / "here"

    def ended(self, job_id: int) -> JobView:
        return until(lambda: None if (view := self.services.jobs.job(job_id)).active else view)

    def stored(self) -> tuple[pa.Table, Any]:
        """Every customer, and what the dataset says of itself."""
        with self.database.reading() as session:
            dataset = dataset_by_slug(session, "shop")
            assert dataset is not None
            batches = list(read_batches(session.connection(), "shop", attributes_of(session, dataset.id)))
            return pa.Table.from_batches(batches), (dataset.customers, dataset.next_customer_id, dataset.state)

    def batches(self) -> list[ImportBatch]:
        """The files received, oldest first."""
        with self.database.reading() as session:
            mine = select(ImportBatch).join(Dataset, Dataset.id == ImportBatch.dataset_id).where(Dataset.slug == "shop")
            return list(session.scalars(mine.order_by(ImportBatch.id)))

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.services.close()


def counts_of(result: dict[str, Any] | None) -> dict[str, int]:
    """The five counts of an import's result."""
    assert result is not None
    return {name: result[name] for name in COUNTS}
