"""The commands: their JSON as documented, on both databases and in real processes."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db.session import Database
from tests.integration.commands import ROOT, answer, customers_file, refused, shows


def test_the_whole_way_by_command(run, on_database, tmp_path):
    file = customers_file(tmp_path / "people.csv")
    imported = answer(run("import", file, "--dataset", "shop", "--key", "customer_id", "--json"))
    assert shows(imported, "import")
    assert (imported["rows"], imported["created"], imported["rejected"]) == (120, 120, 0)
    history = answer(run("imports", "--dataset", "shop", "--json"))
    assert shows(history, "imports")
    assert [(batch["file"], batch["status"]) for batch in history] == [("people.csv", "committed")]

    trained = answer(run("train", "--dataset", "shop", "--k", 3, "--json"))
    assert shows(trained, "train")
    assert (trained["k"], sum(segment["size"] for segment in trained["segments"])) == (3, 120)
    same = answer(run("train", "--dataset", "shop", "--k", 3, "--no-promote", "--json"))
    assert [each["size"] for each in same["segments"]] == [each["size"] for each in trained["segments"]]
    assert same["metrics"] == trained["metrics"]
    models = answer(run("models", "--dataset", "shop", "--json"))
    assert shows(models, "models")
    assert [(model["version"], model["champion"]) for model in models] == [
        (same["version"], False),
        (trained["version"], True),
    ]
    promoted = answer(run("promote", same["version"], "--json"))
    assert (promoted["version"], promoted["champion"]) == (same["version"], True)
    listed = answer(run("datasets", "--json"))
    assert listed == [
        {"slug": "shop", "name": listed[0]["name"], "customers": 120, "attributes": 4, "champion": same["version"]}
    ]

    segments = answer(run("segments", "--dataset", "shop", "--json"))
    assert shows(segments, "segments")
    assert sum(segment["size"] for segment in segments) == 120
    assert sum(segment["share"] for segment in segments) == pytest.approx(1)
    scored = answer(run("score", "--dataset", "shop", "--json"))
    assert shows(scored, "score")
    assigned = answer(run("assign", "--dataset", "shop", file, "--out", tmp_path / "labels.csv", "--json"))
    assert shows(assigned, "assign")
    sizes = {segment["slug"]: segment["size"] for segment in segments}
    by_file: dict[str, int] = {}
    for row in assigned["assignments"]:
        by_file[row["slug"]] = by_file.get(row["slug"], 0) + 1
    assert by_file == sizes
    with (tmp_path / "labels.csv").open(newline="") as labels:
        assert len(list(csv.DictReader(labels))) == 120

    exported = answer(
        run("export", "--dataset", "shop", "--segment", segments[0]["slug"], "--out", tmp_path / "o.csv", "--json")
    )
    assert exported["customers"] == segments[0]["size"]
    forgotten = answer(run("forget", "--dataset", "shop", "--customer", "0007", "--json"))
    assert forgotten["forgotten"] == 1
    assert answer(run("datasets", "--json"))[0]["customers"] == 119


def test_a_backup_moves_a_working_installation(run, place, on_database, tmp_path, monkeypatch):
    file = customers_file(tmp_path / "people.csv")
    answer(run("import", file, "--dataset", "shop", "--key", "customer_id", "--json"))
    answer(run("train", "--dataset", "shop", "--k", 3, "--json"))
    before = {command: answer(run(*command, "--dataset", "shop", "--json")) for command in (("segments",), ("models",))}
    labels = answer(run("assign", "--dataset", "shop", file, "--json"))
    backup = answer(run("backup", tmp_path / "all.kindred", "--json"))
    assert shows(backup, "backup")

    monkeypatch.setenv("KINDRED_DATABASE_URL", "")  # from whichever database into a new local installation
    monkeypatch.setenv("KINDRED_SECRET_KEY", "")
    monkeypatch.setenv("KINDRED_PREVIOUS_SECRET_KEY", "secret-of-the-tests")
    monkeypatch.setenv("KINDRED_DATA_DIR", str(tmp_path / "elsewhere"))
    restored = answer(run("restore", tmp_path / "all.kindred", "--json"))
    assert shows(restored, "restore")
    assert restored["rows"] == backup["rows"]
    monkeypatch.delenv("KINDRED_PREVIOUS_SECRET_KEY")  # the models are signed with the new secret
    assert {command: answer(run(*command, "--dataset", "shop", "--json")) for command in before} == before
    assert answer(run("assign", "--dataset", "shop", file, "--json")) == labels
    more = answer(run("train", "--dataset", "shop", "--k", 2, "--json"))
    assert more["version"] > before[("models",)][0]["version"]
    refused(run("restore", tmp_path / "all.kindred"), "the store holds datasets; .* to a new place")
    refused(run("delete-dataset", "shop"), "shop holds 120 customers .* add --yes")
    assert answer(run("delete-dataset", "shop", "--yes", "--json")) == {"deleted": "shop", "customers": 120}
    assert answer(run("datasets", "--json")) == []
    refused(run("restore", tmp_path / "no.kindred"), "does not exist")


def test_text_is_for_people(run, tmp_path):
    assert "begin with: kindred import" in run("datasets").stdout
    file = customers_file(tmp_path / "people.csv")
    assert run("import", file, "--dataset", "shop", "--key", "customer_id").stdout.startswith(
        "120 rows: 120 created, 0 up"
    )
    assert "begin with: kindred train" in run("models", "--dataset", "shop").stdout
    trained = run("train", "--dataset", "shop", "--k", "2").stdout
    assert trained.startswith("Version 1: k = 2.")
    for told in (trained, run("segments", "--dataset", "shop").stdout):  # the verdict stands before any name
        assert re.search("^(The groups are real|A way to divide|A split|A weak hint)", told, re.MULTILINE)
        assert told.index(" refits ") < told.index("customers  share")
    assert re.search(r"^segment +customers +share", trained, re.MULTILINE)
    both = ("--algorithm", "kmeans", "--algorithm", "dbscan", "--k", "3")
    compared = answer(run("compare-algorithms", "--dataset", "shop", *both, "--json"))
    assert shows(compared, "compare-algorithms")
    assert {row["algorithm"] for row in compared["rows"]} == {"kmeans", "dbscan"}
    assert re.search(r"^k-means +3 ", run("compare-algorithms", "--dataset", "shop", *both).stdout, re.MULTILINE)
    on_shop = (f"{command} --dataset shop" for command in ("imports", "models", "segments", "score"))
    for command in ("datasets", *on_shop):
        lines = run(*command.split()).stdout.splitlines()
        assert len(lines) >= 2
        assert not any(mark in line for line in lines for mark in "{}[]")


def kindred(place: Path, *arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "KINDRED_DATA_DIR": str(place)}
    command = [sys.executable, "-m", "dashboard", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_real_processes_keep_to_the_rules(place, tmp_path):
    process = kindred(place, "--help")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "Customer segments" in out
    heavy = (
        "import sys, dashboard.cli; print([m for m in ('pandas', 'sqlalchemy', 'dash', 'numpy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True).stdout == "[]\n"
    process = kindred(place, "import", "no.csv", "--dataset", "shop", "--json")
    out, err = process.communicate()
    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("kindred: ")
    assert "no.csv" in err


def test_ctrl_c_cancels_a_command_and_its_job(place, tmp_path):
    customers_file(tmp_path / "people.csv", rows=60_000)
    process = kindred(place, "import", str(tmp_path / "people.csv"), "--dataset", "shop", "--key", "customer_id")
    process.communicate(timeout=60)
    assert process.returncode == 0
    process = kindred(place, "train", "--dataset", "shop", "--json")
    database = Database(f"sqlite:///{place}/kindred.db")
    while True:
        with database.reading() as session:
            rows = session.connection().exec_driver_sql("SELECT status FROM job WHERE kind = 'train'").all()
        if rows == [("running",)]:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (1, "", "kindred: cancelled; nothing of it is kept\n")
    with database.reading() as session:
        query = "SELECT (SELECT status FROM job WHERE kind = 'train'), (SELECT count(*) FROM model_version)"
        assert session.connection().exec_driver_sql(query).one() == ("cancelled", 0)
    database.dispose()
