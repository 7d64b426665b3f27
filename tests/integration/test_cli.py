"""The commands: their JSON as documented, their errors as one line, on both databases and in real processes."""

import csv
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from db.models import ModelArtifact
from db.schema_version import head
from db.session import Database

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
    assert re.search(r"^segment +customers +share", trained, re.MULTILINE)
    for command in ("datasets", "imports --dataset shop", "models --dataset shop", "segments --dataset shop"):
        lines = run(*command.split()).stdout.splitlines()
        assert len(lines) >= 2
        assert not any(mark in line for line in lines for mark in "{}[]")


BAD_FILES = {
    "missing": (None, "does not exist|there is no file"),
    "empty": (b"", "empty"),
    "header only": (b"customer_id,age\n", "no rows|only a header|no customers"),
    "binary": (bytes(range(256)) * 40, "binary|not a text"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(run, tmp_path, name):
    content, message = BAD_FILES[name]
    path = tmp_path / "file.csv"
    if content is not None:
        path.write_bytes(content)
    refused(run("import", path, "--dataset", "shop", "--key", "customer_id", "--json"), message)
    assert answer(run("datasets", "--json")) == []


def test_what_cannot_be_done_is_refused_in_one_line(run, tmp_path):
    file = customers_file(tmp_path / "people.csv")
    refused(run("import", file, "--dataset", "shop", "--key", "nobody"), "nobody")
    refused(run("import", file, "--dataset", "1 shop"), "slug|dataset")
    refused(run("import", file, "--dataset", "shop", "--mapping", tmp_path / "no.json"), "mapping .* does not exist")
    (tmp_path / "bad.json").write_text("[1]")
    refused(run("import", file, "--dataset", "shop", "--mapping", tmp_path / "bad.json"), "must be a JSON object")
    assert answer(run("datasets", "--json")) == []
    for command in ("train", "models", "segments", "score", "imports"):
        refused(run(command, "--dataset", "nowhere", "--json"), "nowhere")

    answer(run("import", file, "--dataset", "shop", "--key", "customer_id", "--json"))
    refused(run("train", "--dataset", "shop", "--recipe", "magic"), "magic.*all_usable")
    refused(run("train", "--dataset", "shop", "--recipe", "mall"), "mall")
    refused(run("train", "--dataset", "shop", "--k", 121), "121")
    refused(run("train", "--dataset", "shop", "--algorithm", "oracle"), "oracle.*kmeans")
    assert answer(run("segments", "--dataset", "shop", "--json")) == []
    refused(run("promote", 99), "99")
    refused(run("forget", "--dataset", "shop", "--customer", "4711"), "4711")
    refused(run("assign", "--dataset", "shop", file), "train")
    refused(run("export", "--dataset", "shop", "--segment", "nobody", "--out", tmp_path / "o.csv"), "nobody")
    assert not (tmp_path / "o.csv").exists()
    assert answer(run("models", "--dataset", "shop", "--json")) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["1,5,x"], "1 customer|one customer|at least"),
        ([f"{number},5,same" for number in range(50)], "constant|nothing|no usable|same"),
        (
            [f"{number},{'ab'[number % 2]},{'xyz'[number % 3]}" for number in range(60)],
            "no number among the attributes",
        ),
    ],
    ids=["one customer", "constant columns", "no numeric column"],
)
def test_customers_that_allow_no_model_are_refused_in_one_line(run, tmp_path, rows, message):
    (tmp_path / "file.csv").write_text("\n".join(["customer_id,age,city", *rows]))
    answer(run("import", tmp_path / "file.csv", "--dataset", "shop", "--key", "customer_id", "--json"))
    refused(run("train", "--dataset", "shop", "--json"), message)
    assert answer(run("models", "--dataset", "shop", "--json")) == []


def test_a_tampered_model_is_refused_in_one_line(run, place, tmp_path):
    file = customers_file(tmp_path / "people.csv")
    answer(run("import", file, "--dataset", "shop", "--key", "customer_id", "--json"))
    answer(run("train", "--dataset", "shop", "--k", 2, "--json"))
    database = Database(f"sqlite:///{place}/kindred.db")
    with database.writing() as session:
        artifact = session.get_one(ModelArtifact, 1)
        artifact.body = artifact.body[:-1] + bytes([artifact.body[-1] ^ 1])
    database.dispose()
    refused(run("assign", "--dataset", "shop", file), "changed after it was stored")


def test_wrong_usage_is_exit_code_2(run):
    for arguments in (["frobnicate"], ["import"], ["train", "--dataset", "x", "--k", "some"], ["datasets", "--wat"]):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Error:" in result.stderr


def test_a_database_behind_head_is_refused_and_left_alone(run, tmp_path, monkeypatch):
    monkeypatch.setenv("KINDRED_DATABASE_URL", f"sqlite:///{tmp_path}/own.db")
    for command in ("datasets", "worker", "serve"):
        result = run(command, *(["--port", "0"] if command == "serve" else []))
        assert result.exit_code == 1
        assert re.search("KINDRED_SECRET_KEY|no Kindred schema yet; run: kindred db upgrade", result.stderr)
    refused(run("datasets", "--json"), "no Kindred schema yet; run: kindred db upgrade")
    refused(run("db", "check"), "run: kindred db upgrade")
    assert shows(answer(run("db", "upgrade", "--json")), "db upgrade")
    assert answer(run("db", "check", "--json")) == {"schema": head()}
    assert answer(run("datasets", "--json")) == []
    monkeypatch.setenv("KINDRED_DATABASE_URL", "mysql://there")
    refused(run("datasets"), "SQLite or PostgreSQL")
    monkeypatch.setenv("KINDRED_DATABASE_URL", "postgresql://kindred@127.0.0.1:1/kindred")
    refused(run("datasets"), "the database cannot be reached .*KINDRED_DATABASE_URL")


def test_an_installation_that_cannot_work_is_refused_in_one_line(run, tmp_path, monkeypatch):
    refused(run("run", "--host", "0.0.0.0", "--no-browser"), "nobody has to log in; use --host 127.0.0.1")
    refused(run("serve", "--host", "example.com"), "use --host 127.0.0.1")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused(run("run", "--port", port, "--no-browser"), f"port {port} .* choose another one with --port")
        refused(run("serve", "--port", port), f"port {port} .* choose another one with --port")
    (tmp_path / "file").touch()
    monkeypatch.setenv("KINDRED_DATA_DIR", str(tmp_path / "file" / "var"))
    refused(run("datasets", "--json"), "cannot be written .* set KINDRED_DATA_DIR")
    monkeypatch.setenv("KINDRED_PORT", "many")
    refused(run("datasets"), "KINDRED_PORT='many' is not allowed")


def test_a_store_that_stays_locked_is_said_in_one_line(run, place, tmp_path, monkeypatch):
    monkeypatch.setattr("db.session.BUSY_TIMEOUT_MS", 50)
    customers = customers_file(tmp_path / "customers.csv")
    answer(run("datasets", "--json"))
    holder = sqlite3.connect(place / "kindred.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused(run("import", customers, "--dataset", "shop", "--json"), "database is locked.* then try again")
    holder.close()
    assert answer(run("import", customers, "--dataset", "shop", "--json"))["created"] == 120


def kindred(place: Path, *arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "KINDRED_DATA_DIR": str(place)}
    command = [sys.executable, "-m", "dashboard", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_real_processes_keep_to_the_rules(place, tmp_path):
    began = time.perf_counter()
    process = kindred(place, "--help")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "Customer segments" in out
    assert time.perf_counter() - began < 2  # about 0.2 s when the machine does nothing else
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
