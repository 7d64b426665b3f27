"""What an import would do is told before it is done, exactly, and nothing of it is stored."""

import pytest
from sqlalchemy import text

from segmentation.errors import BadFileError
from segmentation.features.recipes import match, recipe
from segmentation.services import Services
from segmentation.services.imports import ImportOptions


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def preview(services):
    """Upload a body, try it as a job does, and answer what would happen."""

    def run(body, slug="shop", **options):
        received = services.imports.receive("file.csv", [body.encode()])
        payload = {"upload": received.id, "path": str(received.path), "options": {"dry_run": True, **options}}
        result = services.jobs.run_here("import", payload, slug, by="test")
        assert "preview" not in result
        return services.imports.preview(received.id)

    return run


def bring(services, tmp_path, body, **options):
    path = tmp_path / "brought.csv"
    path.write_text(body)
    return services.imports.import_file(path, "shop", ImportOptions(**options))


def test_created_and_updated_customers_are_shown_with_before_and_after(services, preview, tmp_path):
    bring(services, tmp_path, "id,age,city,joined\n1,30,Ghent,2024-01-31\n2,40,Lyon,2024-02-01\n3,50,Rome,\n")
    found = preview(
        "id,age,city,joined,vip\n1,31,,2024-03-01,yes\n2,40,Lyon,2024-02-01,\n7,20,Bonn,,no\n8,x,Oslo,,no\n"
        + "9,1,a,,no\n" * 30
    )
    assert found.counts == {"rows": 34, "created": 2, "updated": 1, "unchanged": 30, "rejected": 1}
    assert [(group.cause, group.count) for group in found.groups] == [("not_a_number", 1), ("replaced_row", 29)]
    [changed] = found.updated
    assert changed["customer"] == "1"
    assert [(each["attribute"], each["before"], each["after"]) for each in changed["changes"]] == [
        ("age", 30.0, 31.0),
        ("joined", "2024-01-31", "2024-03-01"),
        ("vip", None, True),
    ]
    assert [row["customer"] for row in found.created] == ["7", "9"]
    assert found.created[0]["values"][0] == {"attribute": "age", "label": "Age", "value": 20.0}
    assert (found.absent, found.absent_examples) == (1, ["3"])
    assert {each.what: each.possible for each in found.unlocks}["Segments and their profiles"]
    assert [each.name for each in services.datasets.attributes("shop")] == ["age", "city", "joined"]


def test_a_customer_changed_and_changed_back_is_no_example_of_a_change(services, preview, tmp_path):
    bring(services, tmp_path, "id,age\n1,30\n2,40\n")
    found = preview("id,age\n1,31\n1,30\n2,40\n")
    assert (found.counts["updated"], found.counts["unchanged"], found.updated) == (2, 1, [])


def test_customers_that_the_file_does_not_name_are_marked_come_back_and_undone(services, tmp_path):
    first = bring(services, tmp_path, "id,age\n1,30\n2,40\n3,50\n4,60\n")
    second = bring(services, tmp_path, "id,age\n1,31\n3,old\n4,60,7\n5,9\n" + "1,31\n" * 20, absent="mark")
    assert (second.created, second.updated, second.unchanged, second.rejected) == (1, 1, 20, 2)
    assert second.facts == {"gone": 1}  # 3 and 4 are named, though their rows cannot be read
    assert gone(services) == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 0}
    assert services.imports.history("shop")[0].facts == {"gone": 1}
    features = match(recipe("all_usable"), services.datasets.attributes("shop")).features
    assert [feature.name for feature in features] == ["age"]  # a model is not to learn who is absent
    again = bring(services, tmp_path, "id,age\n2,40\n1,31\n", absent="mark")
    assert (again.updated, again.unchanged, again.facts) == (1, 1, {"gone": 3})
    assert gone(services) == {"1": 0, "2": 0, "3": 1, "4": 1, "5": 1}
    assert services.imports.history("shop")[1].why_not is not None
    later = bring(services, tmp_path, "id,age\n6,33\n5,9\n")
    assert gone(services) == {"1": 0, "2": 0, "3": 1, "4": 1, "5": 0, "6": 0}
    for batch in (later, again):
        services.imports.undo(batch.batch)
    assert gone(services) == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 0}
    services.imports.undo(second.batch)
    assert [each.name for each in services.datasets.attributes("shop")] == ["age"]
    assert services.imports.undo(first.batch)["removed"] == 4


def test_an_export_says_who_is_gone_and_comes_in_unchanged(services, tmp_path):
    bring(services, tmp_path, "id,gone\n1,far\n2,near\n3,far\n")
    bring(services, tmp_path, "id,gone\n1,far\n", absent="mark")
    labels = {each.name: each.label for each in services.datasets.attributes("shop")}
    assert labels == {"gone": "Gone", "gone_2": "Gone"}
    services.exports.export("shop", tmp_path / "out.csv")
    again = services.imports.import_file(tmp_path / "out.csv", "shop")
    assert (again.unchanged, again.mapping["gone (absent from a file)"]) == (3, "gone_2")
    with pytest.raises(BadFileError, match="only numbered"):
        services.imports.import_file(tmp_path / "brought.csv", "numbered", ImportOptions(key="@row", absent="mark"))


def test_what_was_found_is_forgotten_with_the_customer_and_the_dataset(services, preview, tmp_path):
    bring(services, tmp_path, "id,age\nada@x.example,30\n2,40\n3,1\n")
    assert preview("id,age\n2,41\n3,4\n").absent_examples == ["ada@x.example"]
    services.datasets.forget("shop", "ada@x.example")
    kept = [path for path in services.settings.uploads.iterdir() if path.suffix != ".json"]
    assert [path.suffix for path in kept] == [".data"]
    assert preview("id,age\n2,41\n").absent == 1
    services.datasets.delete("shop")
    assert not list(services.settings.uploads.glob("*.preview"))


def gone(services):
    """1 and 0 by key."""
    with services.database.reading() as session:
        rows = session.execute(text("SELECT customer_key, gone FROM customers_shop"))
        return {row[0]: int(row[1]) for row in rows}
