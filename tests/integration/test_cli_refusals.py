"""What a command cannot do it refuses in one line, and leaves everything as it was."""

import re
import socket
import sqlite3

import pytest

from db.models import ModelArtifact
from db.schema_version import head
from db.session import Database
from tests.integration.commands import answer, customers_file, refused, shows

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
