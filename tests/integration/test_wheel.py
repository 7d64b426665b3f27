"""What a wheel installs is enough: assets, migrations, recipes; no checkout needed."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _project_files() -> list[str]:
    """What git knows or would add; outside a checkout there is nothing to build from."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout: the list of the project's files is not known")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel, built from a copy so that no earlier build can leak in."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in _project_files():
        target = folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    build = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--wheel",
        "--outdir",
        str(folder),
        str(folder / "source"),
    ]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_everything_that_is_not_code_is_in_the_wheel(installed):
    packages = ("dashboard/", "segmentation/", "db/", "migrations/")
    assert [name for name in _project_files() if name.startswith(packages) and not (installed / name).exists()] == []


def test_an_installed_wheel_runs_without_the_checkout(installed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(installed), "KINDRED_DATA_DIR": str(tmp_path / "var")}
    script = "import db; print(db.__file__); from dashboard.cli import main; main()"
    upgrade = subprocess.run(
        [sys.executable, "-c", script, "db", "upgrade"], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert upgrade.returncode == 0, upgrade.stderr
    assert upgrade.stdout.startswith(str(installed))
    assert (tmp_path / "var" / "kindred.db").exists()
