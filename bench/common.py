"""What the benchmarks share: generated customers, and a process measured from outside."""

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

GROUPS = 5
REGIONS = np.array(["North", "East", "South", "West"])
CHANNELS = np.array(["Store", "Web", "App"])
NUMBERS = (
    ("age", "whole"),
    ("income", "skewed"),
    ("recency_days", "whole"),
    ("spend_food", "skewed"),
    ("spend_home", "skewed"),
    ("web_purchases", "count"),
    ("store_purchases", "count"),
    ("web_visits_month", "count"),
    ("loyalty_points", "skewed"),
    ("discount_share", "share"),
)
MISSING = 0.01  # of incomes
POLL_S = 0.02


def generate_customers(rows: int, columns: int = 12, seed: int = 42) -> pa.Table:
    """Customers drawn from five overlapping groups.

    Parameters
    ----------
    rows, columns : int
        Rows, and attributes beside the key (at least 3: two categories, the rest numbers).
    seed : int
        The same seed gives the same table.

    Returns
    -------
    pyarrow.Table
        ``customer_id`` (text, unique), ``region``, ``channel`` (text), then float64 numbers: whole, skewed
        (log-normal, two decimals), counts and shares in turn; 1 % of the second number is missing.
    """
    rng = np.random.default_rng(seed)
    group = rng.choice(GROUPS, size=rows, p=[0.35, 0.25, 0.2, 0.15, 0.05])
    data: dict[str, pa.Array] = {
        "customer_id": pa.array(np.char.add("C", np.char.zfill(np.arange(rows).astype(str), 8))),
        "region": pa.array(REGIONS[rng.integers(0, 4, rows)]),
        "channel": pa.array(CHANNELS[np.minimum(rng.integers(0, 3, rows), group % 3)]),
    }
    for position in range(columns - 2):
        name, shape = NUMBERS[position % len(NUMBERS)]
        name = name if position < len(NUMBERS) else f"{name}_{position}"
        centre = rng.permutation(np.linspace(-2.5, 2.5, GROUPS))[group]
        values = _shaped(centre + rng.standard_normal(rows), shape)
        data[name] = pa.array(values, mask=rng.random(rows) < MISSING if position == 1 else None)
    return pa.table(data)


def change_customers(table: pa.Table, every: int = 10) -> pa.Table:
    """The same customers, the income of every tenth of them 1 higher."""
    income = table["income"]
    richer = pa.array(np.arange(table.num_rows) % every == 0)
    changed = pc.if_else(richer, pc.add(income, 1.0), income)
    return table.set_column(table.schema.get_field_index("income"), "income", changed)


def _shaped(z: np.ndarray, shape: str) -> np.ndarray:
    if shape == "whole":
        return np.clip(np.round(45 + 12 * z), 18, 95)
    if shape == "skewed":
        return np.round(np.exp(6 + 0.6 * z), 2)
    if shape == "count":
        return np.clip(np.round(np.exp(0.8 + 0.4 * z)), 0, 60)
    return np.round(1 / (1 + np.exp(-z)), 4)


@dataclass(frozen=True)
class Measured:
    """One process: wall clock and processor time in seconds, peak resident memory in MB, what it printed.

    On a machine that others use too the processor time says more than the clock.
    """

    wall_s: float
    peak_mb: float
    stdout: str
    cpu_s: float


def measured(argv: list[str]) -> Measured:
    """Run a command to its end and measure it; an `argv` that starts with ``-`` or a ``.py`` file is for Python.

    Raises RuntimeError with the end of what the command wrote to standard error when it fails.
    """
    command = [sys.executable, *argv] if argv[0].startswith("-") or argv[0].endswith(".py") else argv
    peak = 0
    with TemporaryFile() as out, TemporaryFile() as err:
        start, before = time.perf_counter(), _children_s()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        while process.poll() is None:
            peak = max(peak, _peak_bytes(process.pid))
            time.sleep(POLL_S)
        wall = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} failed ({process.returncode}): {err.read().decode()[-2000:]}")
        return Measured(wall, peak / 2**20, out.read().decode(), _children_s() - before)


def _children_s() -> float:
    """User and system time of the processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak_bytes(pid: int) -> int:
    """Most memory the process ever held; ru_maxrss would count what it inherited from this one before its exec."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return int(peak) * 1024
