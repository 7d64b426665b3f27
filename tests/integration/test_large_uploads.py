# ruff: noqa: F811 (fixtures)
"""A large file is looked into by a job: what it found is kept beside the upload, and outlives every process."""

import pytest

from dashboard.wizard import state
from segmentation.services.imports import ImportOptions
from tests.integration.test_data_page import Page, page, run, services, told  # noqa: F401

READ, JOB, DONE = "data--read-head.children", "data-read--job.data", "data-read--job-done.data"
LONG = "x" * 5000  # a name so long counts like hundreds of columns
SHOP = f"id,age,joined,{LONG}\nada@x.example,30,2024-05-04,1\n2,40,2024-06-05,2\n"


def begin(page, services, body, name="shop.csv"):
    """A file arrives and its step begins; answers the job that reads it."""
    page.arrive(services, name, body if isinstance(body, bytes) else body.encode())
    shown = page.step(state.READ, READ)
    assert f"Reading all of {name}" in told(shown)
    assert shown["data--read-stack.hidden"]
    return shown[JOB]


def end(page, done):
    """The browser learns that the job ended: where the file goes is settled, then it is drawn."""
    settled = page.fire(DONE, done, "data--target.options")
    assert not settled or settled["data--kind.value"] == page.props["data--file.data"]["kind"]
    return page.fire(DONE, done, READ)


def test_a_small_file_is_answered_at_once_and_a_large_wide_or_packed_one_is_a_job(services):
    def is_quick(*data):
        return services.imports.is_quick(services.imports.receive("x.csv", data).id)

    assert is_quick(b"id,age\n", b"1,30\n" * 400_000)
    assert not is_quick(b"id,age\n", b"1,30\n" * 500_000)
    assert not is_quick(b"1,30\n" * 100, SHOP.encode())
    assert is_quick(b"\x1f\x8b", b"x" * 250_000)
    assert not is_quick(b"\x1f\x8b", b"x" * 270_000)


def test_a_large_file_is_read_by_a_job_that_says_what_inspecting_says(page, services):
    job = begin(page, services, SHOP)
    assert page.props["data--file.data"]["proposed"] is None
    drawn = end(page, run(services, job))
    assert "2 rows and 4 columns in shop.csv" in told(drawn[READ])
    assert not drawn["data--read-stack.hidden"]
    upload = services.imports.uploaded(page.props["data--file.data"]["upload"]["id"])
    assert services.imports.inspected(upload.id) == services.imports.inspect(upload.path)
    assert services.jobs.recent()[0].result == {}  # nothing of the file stands in the job
    page.step(state.COLUMNS, "data--columns.children")
    assert len(services.jobs.recent()) == 2  # asked for once; `run` did it as another


def test_one_reading_answers_for_the_dataset_and_kind_the_file_belongs_to(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    services.imports.import_file(path, "shop", ImportOptions(dataset_name="Shop"))
    drawn = end(page, run(services, begin(page, services, SHOP.replace("30", "31"), "June.csv")))
    assert page.props["data--file.data"]["target"] == "shop"
    assert "2 rows and 4 columns" in told(drawn[READ])
    assert [column.new for column in services.imports.inspected(upload_of(page), "shop").columns[1:]] == [False] * 3
    lines = f"invoice,customer,date,amount,{LONG}\n" + "".join(
        f"{i},c{i % 4},2024-01-{i + 1:02},5.5,\n" for i in range(20)
    )
    end(page, run(services, begin(page, services, lines, "sales.csv")))
    assert page.props["data--file.data"]["kind"] == "transactions"
    assert "Amount of the line" in told(page.step(state.COLUMNS, "data--columns.children"))


def test_what_was_remembered_for_the_dataset_is_read_by_a_job_of_its_own(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    services.imports.import_file(
        path, "shop", ImportOptions(dataset_name="Shop", reading={"dates": {"joined": "year"}})
    )
    job = begin(page, services, SHOP.replace("30", "31"), "June.csv")
    again = end(page, run(services, job))
    assert "Reading all of June.csv" in told(again[READ])
    drawn = end(page, run(services, again[JOB]))
    assert "2 rows and 4 columns" in told(drawn[READ])


def test_a_cancelled_reading_says_so_and_is_begun_again_only_when_asked(page, services):
    job = begin(page, services, SHOP)
    services.jobs.cancel(job)
    ended = end(page, {"id": job, "status": "cancelled"})
    assert "shop.csv was not read" in told(ended[READ])
    assert not ended["data--unread.hidden"]
    assert len(services.jobs.recent()) == 1
    again = page.fire("data--read-again.n_clicks", 1, READ)
    assert again[JOB] > job
    assert again["data--unread.hidden"]


def test_a_large_file_that_is_no_table_is_refused_by_the_name_the_user_gave(page, services):
    job = begin(page, services, b"\x89PNG" + bytes(5000), "pic.csv")
    refused = end(page, run(services, job))
    assert "pic.csv cannot be read" in told(refused[READ])
    assert "pic.csv is not a text table" in told(refused["data--unreadable.children"])
    assert refused["data--read-stack.hidden"]


def test_a_restart_a_second_tab_and_a_reload_find_the_same_job_and_the_same_answer(page, services):
    job = begin(page, services, SHOP)
    reloaded = Page(services)
    reloaded.props |= {name: page.props[name] for name in ("data--file.data", "data--edits.data")}
    assert reloaded.step(state.READ, READ)[JOB] == job
    run(services, job)
    before = len(services.jobs.recent())
    settled = reloaded.step(state.READ, "data--target.options")
    assert settled["data--file.data"]["proposed"] is not None
    assert "2 rows and 4 columns" in told(reloaded.step(state.READ, READ)[READ])
    assert len(services.jobs.recent()) == before


def test_another_file_cancels_the_reading_nobody_waits_for(page, services):
    job = begin(page, services, SHOP)
    page.arrive(services, "other.csv", b"id,age\n1,30\n2,31\n")
    assert services.jobs.job(job).status == "cancelled"


def test_what_was_found_is_forgotten_with_the_customer_and_the_dataset(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(SHOP)
    services.imports.import_file(path, "shop")
    others = SHOP.replace("ada@", "bob@")
    for body in (SHOP, others):
        end(page, run(services, begin(page, services, body)))

    def kept():
        return list(services.settings.uploads.glob("*.inspection"))

    assert len(kept()) == 4  # of each file: as it came, and for its dataset
    services.datasets.forget("shop", "ada@x.example")
    assert len(kept()) == 2
    assert upload_of(page) in kept()[0].name
    services.datasets.delete("shop")
    assert [services.imports.inspected(upload_of(page)) is None, len(kept())] == [False, 1]


def upload_of(page):
    return page.props["data--file.data"]["upload"]["id"]


def test_a_file_that_expired_while_it_was_read_is_told(page, services):
    job = begin(page, services, SHOP)
    for file in services.settings.uploads.iterdir():
        file.unlink()
    with pytest.raises(Exception, match="upload the file again"):
        run(services, job)
    shown = page.step(state.READ, READ)
    assert "upload the file again" in told(shown["data--unreadable.children"])
