"""What goes out comes in again and changes nothing, whatever the columns are called."""

import csv
import itertools

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.snapshots import Snapshots
from tests.integration.test_datasets import assign


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


def header_of(path):
    with path.open(newline="") as file:
        return next(csv.reader(file))


def frame(services, slug):
    return Snapshots(services.database, services.settings).frame(slug)


@pytest.mark.parametrize(
    "own", [("segment", "segment_slug", "confidence"), ("Segment",), ("kindred_confidence", "confidence")]
)
def test_own_columns_called_like_those_of_an_export_stay(services, tmp_path, own):
    path = tmp_path / "in.csv"
    path.write_text(f"id,age,{','.join(own)}\n" + "".join(f"k{n},{n * 10}{',0.5' * len(own)}\n" for n in range(1, 5)))
    first = services.imports.import_file(path, "shop")
    assert [first.mapping[name] is None for name in own] == [False] * len(own)
    assign(services, "shop")
    out = tmp_path / "out.csv"
    services.exports.export("shop", out)
    header = header_of(out)
    assert header[:-3] == ["id", "age", *own]
    assert len({name.lower() for name in header}) == len(header)
    again = services.imports.import_file(out, "shop")
    assert (again.unchanged, [again.mapping[name] for name in header[-3:]]) == (4, [None] * 3)
    assert services.imports.import_file(path, "shop").unchanged == 4
    services.imports.import_file(out, "copy")  # the segments are those of this store
    assert frame(services, "copy").equals(frame(services, "shop"))


def test_two_attributes_from_columns_of_one_name_are_told_apart(services, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,a\n1,30\n2,40\n")
    services.imports.import_file(path, "shop", ImportOptions(mapping={"a": "age"}))
    path.write_text("id,a\n1,3000\n2,4000\n")
    services.imports.import_file(path, "shop", ImportOptions(mapping={"a": "income"}))
    services.exports.export("shop", tmp_path / "out.csv")
    assert header_of(tmp_path / "out.csv") == ["id", "a", "income"]
    assert services.imports.import_file(tmp_path / "out.csv", "shop").unchanged == 2


NAMES = [
    "age",
    "segment",
    "segment_slug",
    "confidence",
    "kindred_segment",
    "note",
    "=1+1",
    "joined on",
    "größe",
    "a;b",
    '"q"',
]
WRITTEN = (
    *("", "1", "0", "-7.25", "1e300", "1.0", "007", "1,5", "yes", "no", "2024-02-29", "31/01/2024", "12/05/67"),
    *("2024-05-01T10:00:00+02:00", "=A1", "'=A1", "-1\n@b", 'a\\"b', '"x\\" y', "c:\\", "👩‍👩‍👧, Ann", "שלום; עולם"),
)
CELLS = st.one_of(
    st.sampled_from(WRITTEN),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=8),
)
numbers = itertools.count()


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
def test_any_dataset_comes_back_unchanged(services, tmp_path, data, names):
    slug = f"d{next(numbers)}"
    rows = data.draw(st.lists(st.tuples(*(CELLS for _ in names)), min_size=1, max_size=8))
    path = tmp_path / "in.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", *names], *([f"k{place}", *row] for place, row in enumerate(rows))])
    came = services.imports.import_file(
        path, slug, ImportOptions(key="id", reading={"delimiter": ",", "header_row": 1})
    )
    attributes = services.datasets.attributes(slug)
    if came.created:
        assign(services, slug)
        services.exports.export(slug, tmp_path / "out.csv")
        for blank in ("keep", "clear"):
            again = services.imports.import_file(tmp_path / "out.csv", slug, ImportOptions(blank=blank))
            assert (again.unchanged, again.rows) == (came.created, came.created), again.problems
        assert services.datasets.attributes(slug) == attributes
        kinds = {each.source_header: {"to": each.name, "kind": each.kind} for each in attributes}
        copied = services.imports.import_file(tmp_path / "out.csv", f"{slug}_c", ImportOptions(key="id", mapping=kinds))
        assert copied.created == came.created, copied.problems
        there, here = (frame(services, name).reset_index(drop=True) for name in (f"{slug}_c", slug))
        assert there[here.columns].equals(here)
