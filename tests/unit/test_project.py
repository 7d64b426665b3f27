"""The project's own files agree: locks with pyproject, README with the Makefile, wheel with the packages."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def _locked(name: str) -> dict[str, list[str]]:
    """Versions by package; a package may be locked twice, for older and newer Pythons."""
    versions: dict[str, list[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if found := re.match(r"([a-z0-9._-]+)==([^ ;\\]+)", line):
            versions.setdefault(found[1], []).append(found[2])
    return versions


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", PROJECT["dependencies"] + [item for extra in EXTRAS.values() for item in extra]),
    ],
)
def test_locks_satisfy_the_bounds(lock, wanted):
    locked = _locked(lock)
    for requirement in map(Requirement, wanted):
        versions = locked[requirement.name.lower()]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_both_locks_name_the_same_versions():
    development = _locked("requirements-dev.lock")
    assert {name: development[name] for name in _locked("requirements.lock")} == _locked("requirements.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_hashed_and_name_no_host(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z0-9])", text))


def test_commands_of_the_readme_are_targets():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert {"run", "test"} <= named <= targets
