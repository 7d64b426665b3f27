"""Imports flow one way: dashboard -> segmentation -> db."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {"db": set(), "segmentation": {"db"}, "dashboard": {"segmentation"}, "migrations": {"db"}}
BANNED = {
    "db": {"pandas", "numpy", "sklearn", "dash", "plotly"},
    "segmentation": {"dash", "plotly", "dash_bootstrap_components", "flask"},
    "dashboard": {"sqlalchemy", "sklearn", "joblib"},
    "migrations": {"pandas", "sklearn", "dash"},
}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_flow_one_way(package):
    for path in (ROOT / package).rglob("*.py"):
        tops = {name.split(".")[0] for name in _imports(path)}
        wrong = (tops & set(ALLOWED)) - ALLOWED[package] - {package} | tops & BANNED[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {sorted(wrong)}"


def test_only_config_reads_the_environment():
    for package in ALLOWED:
        for path in (ROOT / package).rglob("*.py"):
            if path == ROOT / "segmentation" / "config.py":
                continue
            reads = [
                node.lineno
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            ]
            assert not reads, f"{path.relative_to(ROOT)} reads the environment in lines {reads}"


def test_transactions_are_opened_by_services_and_jobs_only():
    for path in (ROOT / "segmentation").rglob("*.py"):
        inside = path.relative_to(ROOT / "segmentation")
        if inside.parts[0] == "services" or inside.name in {"jobs.py", "snapshots.py"}:
            continue
        opened = [
            node.lineno
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and node.attr in {"writing", "reading"}
        ]
        assert not opened, f"{path.relative_to(ROOT)} opens a transaction in lines {opened}"
