"""What is wrong with a file is told by cause, completely, and can be put right."""

import csv

import pytest

from segmentation.errors import BadFileError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def file(tmp_path):
    def write(body, name="file.csv"):
        path = tmp_path / name
        path.write_text(body)
        return path

    return write


def test_a_thousand_of_a_cause_are_kept_all_are_counted_and_written(services, file, tmp_path):
    lines = [f"{n},{n % 90}" for n in range(30_000)] + [f"{n},unknown" for n in range(30_000, 31_500)]
    out = tmp_path / "rejects.csv"
    result = services.imports.import_file(file("\n".join(["id,age", *lines])), "shop", ImportOptions(rejects=out))
    assert (result.created, result.rejected, result.problem_counts) == (30_000, 1500, {"not_a_number": 1500})
    assert len(services.imports.problems(result.batch, 5000)) == 1000
    [group] = services.imports.problem_groups(result.batch)
    assert (group.cause, group.severity, group.count, len(group.examples)) == ("not_a_number", "error", 1500, 3)
    assert "rejected rows" in group.fix
    with out.open(newline="") as written:
        rows = list(csv.DictReader(written))
    assert len(rows) == 1500
    assert list(rows[0].values())[:4] == ["30000", "unknown", "30001", "age: expected a number"]
    corrected = file(out.read_text().replace("unknown", "44"), "corrected.csv")
    mapping = {"rejected_row": None, "rejected_because": {"to": None}}
    again = services.imports.import_file(corrected, "shop", ImportOptions(mapping=mapping))
    assert (again.created, again.rejected) == (1500, 0)


def test_impossible_people(services, file):
    body = "id,age,year of birth\n1,40,1980\n2,111,1890\n3,-1,1990\n4,30,2999\n"
    result = services.imports.import_file(file(body), "shop")
    assert (result.created, result.rejected) == (3, 1)
    assert result.problem_counts == {"birth_in_future": 1, "unlikely_age": 3}


def test_columns_are_proposed_with_confidence_and_secrets_flagged(services, file):
    body = "id,age,card,ssn,thing\n1,30,4111111111111111,123-45-6789,a\n2,31,5500000000000004,987-65-4321,b\n"
    found = {each.header: each for each in services.imports.inspect(file(body)).columns}
    assert (found["card"].secret, found["ssn"].secret) == ("card numbers", "national ids or credentials")
    assert (found["age"].sensitive, found["age"].secret, found["age"].new) == (True, None, True)
    assert found["age"].confidence > found["thing"].confidence
    mapping = {"card": {"to": None}, "thing": {"to": "tier", "kind": "category", "role": "other", "label": "Tier"}}
    result = services.imports.import_file(file(body), "shop", ImportOptions(mapping=mapping))
    assert (result.mapping["card"], result.mapping["thing"]) == (None, "tier")


@pytest.mark.parametrize(
    ("policy", "cause", "told"),
    [
        ("update", "replaced_row", [(1, "row 3 comes later"), (3, "row 4 comes later")]),
        ("skip", "skipped_row", [(3, "row 1 came first"), (4, "row 1 came first")]),
    ],
)
def test_a_row_that_gives_way_to_another_is_listed(services, file, policy, cause, told):
    body = "id,age\na,1\nb,5\na,2\na,3\n,7\n"
    result = services.imports.import_file(file(body), "shop", ImportOptions(on_duplicate=policy))
    assert result.rows == result.created + result.updated + result.unchanged + result.rejected == 5
    assert result.problem_counts == {cause: 2, "missing_key": 1}
    listed = [each for each in result.problems if each.cause == cause]
    assert [(each.row, each.value, each.severity) for each in listed] == [(row, "a", "warning") for row, _ in told]
    assert all(words in each.expected for each, (_, words) in zip(listed, told, strict=True))


def test_rejected_rows_are_kept_to_be_put_right_until_their_dataset_goes(services, tmp_path):
    file = tmp_path / "shop.csv"
    file.write_text("id,age,city\n1,30,Rome\n2,thirty,Oslo\n3,40,Bonn\n4,41,Bonn\n5,42,Bonn\n6,43,Bonn\n")
    result = services.imports.import_file(file, "shop")
    kept = services.imports.rejects(result.batch)
    assert [line.split(",")[:3] for line in kept.read_text().splitlines()][1:] == [["2", "thirty", "Oslo"]]
    file.write_text("id,age,city\n1,30,Rome\n")
    assert services.imports.rejects(services.imports.import_file(file, "shop").batch) is None
    services.datasets.delete("shop")
    assert not kept.exists()


def test_errors_are_shown_before_warnings(services, file):
    body = "id,age\n" + "".join(f"{n},200\n" for n in range(139)) + "139,oops\n"
    told = services.imports.import_file(file(body), "shop").as_json()["problems"]
    assert [(each["severity"], each["value"]) for each in told[:2]] == [("error", "oops"), ("warning", "200")]
    assert len(told) == 100


def test_what_looks_secret_is_said_also_where_nobody_is_asked(services, file):
    result = services.imports.import_file(file("id,PassportNo\n1,A1\n2,B2\n"), "shop")
    assert [(each.column, each.cause, each.severity) for each in result.problems] == [
        ("PassportNo", "secret", "warning")
    ]


@pytest.mark.parametrize("said", [{"on_duplicate": "skip"}, {"blank": "clear"}])
def test_choices_that_purchases_do_not_have_are_refused(services, file, said):
    with pytest.raises(BadFileError, match="leave out --on-duplicate and --blank"):
        services.imports.import_file(file("id,date,amount\n"), "shop", ImportOptions(kind="transactions", **said))
