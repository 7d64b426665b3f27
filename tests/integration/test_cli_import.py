"""What can be said of a file on the command line, and what is told of it there."""

import gzip
import json

import pytest

FILE = "remark;;\nid;joined;spend\n1;04/05/2024;1,234\n2;06/07/2024;5,678\n"
SAID = ("--encoding", "cp1252", "--delimiter", "semicolon", "--decimal", "comma", "--header-row", "2")


@pytest.fixture
def shop(run, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(FILE)
    result = run("import", path, "--dataset", "shop", *SAID, "--date-order", "joined=mdy", "--currency", "chf")
    assert result.exit_code == 0, result.output
    assert "kindred undo 1" in result.stdout
    return path


def test_how_a_file_is_written_can_be_said_and_is_remembered(run, shop, tmp_path):
    out = tmp_path / "out.csv"
    run("export", "--dataset", "shop", "--out", out)
    assert out.read_text().splitlines() == ["id,joined,spend", "1,2024-04-05,1.234", "2,2024-06-07,5.678"]
    again = json.loads(run("import", shop, "--dataset", "shop", "--json").stdout)
    assert (again["unchanged"], again["dialect"]["delimiter"]) == (2, ";")
    forgotten = json.loads(run("import", shop, "--dataset", "shop", "--as-detected", "--dry-run", "--json").stdout)
    assert "choices" not in forgotten["dialect"]
    said = ("--quote", "single", "--thousands", "apostrophe", "--second-header", "--dry-run", "--json")
    chosen = json.loads(run("import", shop, "--dataset", "new", *said).stdout)["dialect"]["choices"]
    assert chosen == {"quote": "'", "thousands": "'", "second_header": True}
    both = run("import", shop, "--dataset", "new", "--decimal", "comma", "--thousands", "comma")
    assert (both.exit_code, both.stderr.count("\n")) == (1, 1)
    refused = run("import", shop, "--dataset", "shop", "--date-order", "joined:dmy")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "write COLUMN=dmy" in refused.stderr


def test_who_is_absent_is_marked_and_the_history_says_what_can_be_undone(run, shop, tmp_path):
    less = tmp_path / "less.csv.gz"
    less.write_bytes(gzip.compress(b"id;joined;spend\n1;04/05/2024;1,234\n"))
    tried = run("import", less, "--dataset", "shop", "--absent", "mark", "--dry-run", *SAID[2:6])
    assert "1 customers that the file does not name would be marked as gone" in tried.stdout
    done = run("import", less, "--dataset", "shop", "--absent", "mark", "--json", *SAID[2:6])
    assert json.loads(done.stdout)["facts"] == {"gone": 1}
    told = run("imports", "--dataset", "shop").stdout
    assert "Can be taken back with kindred undo: 2" in told
    assert "Import 1: later import 2 changed or confirmed the same rows" in told
    purchases = run("import", less, "--dataset", "shop", "--kind", "transactions", "--absent", "mark")
    assert "purchases do not say who is gone" in purchases.stderr


def test_a_mistaken_order_of_dates_is_forgotten_with_its_import_and_said_as_long_as_it_holds(run, tmp_path):
    path = tmp_path / "dates.csv"
    path.write_text("id,joined\na,04/05/2024\nb,05/06/2024\n")
    refused = run("import", path, "--dataset", "days", "--date-order", "nope=dmy")
    assert (refused.exit_code, "'nope' is not in the file" in refused.stderr) == (1, True)
    run("import", path, "--dataset", "days", "--date-order", "JOINED=mdy")
    again = run("import", path, "--dataset", "days")
    assert "with these columns: dates of joined: month first" in again.stdout
    run("undo", 2)
    assert "month first" in run("import", path, "--dataset", "days", "--dry-run").stdout
    run("undo", 1)
    plain = run("import", path, "--dataset", "days")
    assert ("month first" in plain.stdout, "read as 4 May 2024" in plain.stdout) == (False, True)
