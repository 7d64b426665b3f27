"""What cannot be imported is refused in one clear line, and nothing of it is stored."""

# ruff: noqa: F811  (fixtures come by their name)

import pytest

from segmentation.errors import BadFileError, ConfigurationError, NotFoundError
from segmentation.services.imports import ImportOptions
from tests.integration.imported import counts, file, local, services  # noqa: F401


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty; a header and at least one row are needed"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"id,age\n", "has a header but no rows"),
        (b"id,age\n\n\n", "has a header but no rows"),
        (b"PK\x03\x04rest", "is a damaged workbook"),
        (b"\xd0\xcf\x11\xe0rest", "is an old Excel workbook"),
        (b"id,age\n1,\x00\x01\n", "is not a text table"),
        (b"name,age\nAnn,30\nBob,31\n", r"no key column .* --key \(name, age\), or number the rows with --key @row"),
        (b'id,note\n1,"never closed\n' + b"2,x\n" * 50, "quotation mark that is never closed"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(local, file, body, message):
    with pytest.raises(BadFileError, match=message) as caught:
        local.imports.import_file(file(body), "shop")
    assert "\n" not in str(caught.value)
    assert local.datasets.list() == []
    assert list(local.settings.staging.iterdir()) == []


def test_a_missing_file_a_folder_and_a_bad_slug_are_refused(local, tmp_path, file):
    with pytest.raises(BadFileError, match=r"there is no file .*nothing\.csv"):
        local.imports.import_file(tmp_path / "nothing.csv", "shop")
    with pytest.raises(BadFileError, match="is not a file"):
        local.imports.import_file(tmp_path, "shop")
    for slug in ("Shop", "1shop", "my-shop", "s" * 41, ""):
        with pytest.raises(BadFileError, match="cannot name a dataset"):
            local.imports.import_file(file("id,a\n1,2\n"), slug)


def test_a_key_that_is_not_there_is_answered_with_those_that_look_like_it(local, file):
    path = file("Customer Key,Age\n1,2\n")
    with pytest.raises(
        BadFileError, match="the key column 'CustomerKee' is not in the file; did you mean 'Customer Key'"
    ):
        local.imports.import_file(path, "shop", ImportOptions(key="CustomerKee"))


def test_a_key_that_names_nobody_is_refused(local, file):
    path = file("id,age\n" + "same,1\n" * 10_001)
    with pytest.raises(BadFileError, match="column 'id' has one value in 10,001 rows"):
        local.imports.import_file(path, "shop")


def test_more_than_500_attributes_are_refused_by_name(local, file):
    wide = file("id," + ",".join(f"a{n}" for n in range(502)) + "\n1," + ",".join("1" * 502) + "\n")
    with pytest.raises(BadFileError, match=r"502 attributes, at most 500 are possible; leave out 'a500' and 1 more"):
        local.imports.import_file(wide, "shop")


def test_500_attributes_fit(services, file):
    header = "id," + ",".join(f"a{n}" for n in range(500))
    services.imports.import_file(file(f"{header}\n1," + ",".join("7" * 500) + "\n"), "shop")
    again = file(f"{header}\n1," + ",".join("8" * 500) + "\n", "next.csv")
    assert counts(services.imports.import_file(again, "shop")) == (0, 1, 0, 0)


def test_headers_that_repeat_or_are_reserved_get_a_number(services, file):
    result = services.imports.import_file(
        file("key,Age,age,customer_id,,\n1,2,3,4,5,6\n"), "s", ImportOptions(key="key")
    )
    assert list(result.mapping.values()) == ["customer_key", "age", "age_2", "customer_id_2", "column_5", "column_6"]


def test_a_full_disk_is_said_before_anything_is_written(local, file, monkeypatch):
    import shutil

    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(ConfigurationError, match=r"not enough disk space to read customers\.csv"):
        local.imports.import_file(file("id,a\n1,2\n"), "shop")


def test_an_unknown_dataset_has_no_history(local):
    with pytest.raises(NotFoundError, match="there is no dataset 'nothing'; there is none yet"):
        local.imports.history("nothing")
