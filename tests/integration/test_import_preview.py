"""What an import would do is told before it is done, exactly, and nothing of it is stored."""

import pytest

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
    assert [(group.cause, group.count) for group in found.groups] == [("not_a_number", 1)]
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
