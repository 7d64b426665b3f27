"""What is wrong with a file: single problems, and all that a check found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from segmentation.ingest.staging import Staging

MOST_PROBLEMS = 1_000  # of one cause kept one by one; beyond that they are only counted
SHOWN = 200  # characters of a value kept with its problem


@dataclass(frozen=True)
class Problem:
    """One reason. ``row`` counts from 1 below the header; ``severity`` error (row rejected) or warning."""

    row: int
    column: str | None
    value: str | None
    expected: str
    cause: str
    severity: str = "error"

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "expected": self.expected,
            "cause": self.cause,
            "severity": self.severity,
        }


@dataclass
class Checked:
    """What validation found.

    ``rows`` = accepted + ``rejected``; of the accepted, ``skipped`` repeat an earlier key under the policy
    ``skip`` and are not given out. ``rounds`` is how often the most repeated key is given out.
    """

    rows: int
    rejected: int = 0
    skipped: int = 0
    rounds: int = 1
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, found: Sequence[Problem], counted: int | None = None) -> None:
        """Remember problems; `counted` when there are more of them than are given one by one."""
        kept = sum(problem.cause == found[0].cause for problem in self.problems) if found else 0
        self.problems += found[: max(MOST_PROBLEMS - kept, 0)]
        if found:
            self.counts[found[0].cause] += len(found) if counted is None else counted


def refuse(
    staging: Staging, value: str, condition: str, header: str | None, expected: str, cause: str, checked: Checked
) -> None:
    """Leave the staged rows out where `condition` holds, say why, and remember them as errors."""
    if not collect(staging, value, condition, header, expected, cause, checked):
        return
    reason = f"{header}: expected {expected}".replace("'", "''")
    staging.run(f"INSERT INTO left_out SELECT row_number, true, '{reason}' FROM staged WHERE {condition}")


def collect(
    staging: Staging,
    value: str,
    condition: str,
    header: str | None,
    expected: str,
    cause: str,
    checked: Checked,
    severity: str = "error",
) -> int:
    """Remember the staged rows where `condition` holds as problems of one cause, counted exactly; how many."""
    total = int(staging.rows_of(f"SELECT count(*) FROM staged WHERE {condition}")[0][0])
    if total:
        rows = staging.rows_of(
            f"SELECT row_number, left({value}, {SHOWN}) FROM staged WHERE {condition} "
            f"ORDER BY row_number LIMIT {MOST_PROBLEMS}"
        )
        checked.add([Problem(row, header, cell, expected, cause, severity) for row, cell in rows], total)
    return total
