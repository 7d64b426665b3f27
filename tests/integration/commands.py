"""What the tests of the commands share: answers, refusals, the documented keys, a file to train on."""

import csv
import json
import re
from pathlib import Path
from typing import Any

from click.testing import Result

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = (ROOT / "docs" / "cli.md").read_text()


def answer(result: Result) -> Any:
    """The one JSON document on standard output."""
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def refused(result: Result, message: str) -> None:
    """Exit code 1, nothing on standard output, one line on standard error."""
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert re.fullmatch(r"kindred: [^\n]+\n", result.stderr), result.stderr
    assert re.search(message, result.stderr), result.stderr


def documented_keys(command: str) -> set[str]:
    """The keys of the first JSON example in a section of docs/cli.md."""
    section = re.search(rf"^## kindred {command}\n(.*?)(?=^## |\Z)", DOCUMENTED, re.MULTILINE | re.DOTALL)
    assert section
    example = re.search(r"```json\n(.*?)```", section[1], re.DOTALL)
    assert example
    document = json.loads(example[1])
    return set(document[0] if isinstance(document, list) else document)


def shows(document: Any, command: str) -> bool:
    """Has the document, or its first row, every key its documentation shows?"""
    return documented_keys(command) <= set(document[0] if isinstance(document, list) else document)


def customers_file(path: Path, rows: int = 120) -> Path:
    """Three kinds of people, a few of whom spend much: enough to train on."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_id", "age", "spend", "visits", "city"])
        for number in range(rows):
            kind = number % 3
            spend = (20, 200, 900)[kind] + number % 7
            writer.writerow([f"{number:04}", 20 + 15 * kind + number % 5, spend, 3 * kind + number % 2, "ABC"[kind]])
    return path
