"""The import wizard over HTTP: what its callbacks choose, ask a job for, and say."""

import json

import pytest
from sqlalchemy import text

from dashboard.app import create_app
from dashboard.cards.check import lines_card
from dashboard.cards.problems import problems_card
from dashboard.wizard import state
from segmentation.ingest.grouping import group_problems
from segmentation.ingest.problems import Problem
from segmentation.services import Services
from segmentation.services.imports import ImportOptions

ORIGIN = {"Origin": "http://localhost"}
SHOP = b"id,age,joined,ssn\n1,30,04/05/2024,123-45-6789\n2,40,05/06/2024,987-65-4321\n2,41,01/02/2024,123-45-0000\n"


@pytest.fixture
def services(sqlite_settings):
    services = Services(sqlite_settings)
    yield services
    services.close()


@pytest.fixture
def page(services):
    return Page(services)


class Page:
    """A tab with the data page: it keeps what callbacks set, and calls them with it, as the browser does."""

    def __init__(self, services):
        self.app = create_app(services)
        self.client = self.app.server.test_client()
        self.props = {
            "data--edits.data": state.NO_EDITS, "data--step.data": state.FILE, "data--page.data": 0,
            "data--which.value": "all", "data--search.value": "",
        }  # fmt: skip

    def fire(self, changed, value, output, **pattern):
        """Set a property and call the callback it triggers that sets `output`; answers what that set.

        `pattern` lists, for an input that is a pattern, the components with their values: ``pattern=[(id, value)]``.
        """
        self.props[changed] = value
        key, callback = next(
            (key, each)
            for key, each in self.app.callback_map.items()
            if output in key and any(self._is(each_in, changed) for each_in in each["inputs"]) and "callback" in each
        )
        parts = key.split("@")[0].strip(".").split("...") if not key.startswith("..") else key.strip(".").split("...")
        outputs = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts]
        shown = pattern.get("pattern", [])
        body = {
            "output": key,
            "outputs": outputs if key.startswith("..") else outputs[0],
            "inputs": [self._value(each, shown) for each in callback["inputs"]],
            "state": [self._value(each, shown) for each in callback["state"]],
            "changedPropIds": [changed],
        }
        response = self.client.post("/_dash-update-component", json=body, headers=ORIGIN)
        if response.status_code == 204:
            return None
        assert response.status_code == 200, response.text
        answer = response.get_json()
        assert "shell--errors" not in answer.get("sideUpdate", {}), json.dumps(answer["sideUpdate"])
        told = {f"{i}.{p}": each for i, props in answer["response"].items() for p, each in props.items()}
        self.props |= told
        return told

    @staticmethod
    def _is(each, changed):
        if each["id"].startswith("{"):
            return changed.startswith("{") and set(json.loads(each["id"])) == set(
                json.loads(changed.rpartition(".")[0])
            )
        return f"{each['id']}.{each['property']}" == changed

    def _value(self, each, shown):
        if each["id"].startswith("{"):
            return [{"id": i, "property": each["property"], "value": value} for i, value in shown]
        name = f"{each['id']}.{each['property']}"
        return {"id": each["id"], "property": each["property"], "value": self.props.get(name)}

    def arrive(self, services, name, data):
        """A file arrives in the tab."""
        file = services.imports.receive(name, [data])
        return self.fire("data--upload.data", {"id": file.id, "name": name, "size": file.size}, "data--file.data")

    def step(self, to, output):
        """The tab shows a step; answers what one of its callbacks draws."""
        return self.fire("data--step.data", to, output)


def told(answer):
    return json.dumps(answer, ensure_ascii=False)


def test_a_file_begins_with_its_own_name_and_nothing_stored(page, services):
    arrived = page.arrive(services, "McKay_Shops.csv.gz".replace(".gz", ""), SHOP)
    assert arrived["data--step.data"] == state.READ
    file = arrived["data--file.data"]
    assert (file["kind"], file["target"], file["name"], file["reading"]) == ("customers", "@new", "McKay shops", None)
    shown = page.step(state.READ, "data--read-head.children")
    assert "3 rows and 4 columns in McKay_Shops.csv" in told(shown)
    assert "04/05/2024" in told(shown["data--first.children"])
    assert "Which comes first in 'joined'" in told(shown["data--how.children"])
    assert services.datasets.list() == []


def test_a_picture_is_refused_by_the_name_the_user_gave(page, services):
    with pytest.raises(AssertionError, match=r"\"pic\.csv is not a text table .*Nothing was stored"):
        page.arrive(services, "pic.csv", b"\x89PNG\r\n" + bytes(1000))


def test_the_same_file_again_is_recognised_and_goes_on_when_asked(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_bytes(SHOP)
    services.imports.import_file(path, "shop", ImportOptions(dataset_name="Shop"))
    arrived = page.arrive(services, "again.csv", SHOP)
    assert arrived["data--step.data"] == state.FILE
    assert "as shop.csv into Shop" in told(arrived["data--again.children"])
    go = '{"at":"again","go":1,"page":"data--wizard"}.n_clicks'
    gone_on = page.fire(go, 1, "data--step.data", pattern=[({"at": "again", "go": 1, "page": "data--wizard"}, 1)])
    assert gone_on["data--step.data"] == state.READ


def test_a_file_with_the_columns_of_a_dataset_is_led_to_it_and_says_why(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_bytes(SHOP)
    services.imports.import_file(path, "shop", ImportOptions(dataset_name="Shop"))
    lines = tmp_path / "lines.csv"
    lines.write_bytes(b"invoice,id,joined,age\n1,1,2024-01-01,30\n")
    mapping = {"id": "customer", "joined": "occurred_at", "age": "amount"}
    services.imports.import_file(lines, "lines", ImportOptions(kind="transactions", mapping=mapping))
    file = page.arrive(services, "June update.csv", b"id,age,joined,city\n1,31,04/05/2024,A\n9,40,05/06/2024,B\n")[
        "data--file.data"
    ]
    assert file["target"] == "shop"
    say = page.fire("data--file.data", file, "data--target-why.children")
    assert say["data--target-why.children"] == "Proposed: 3 of its 4 columns came into Shop before."
    say = page.fire("data--file.data", file | {"target": state.NEW}, "data--target-why.children")
    assert say["data--target-why.children"] == ""
    home = services.imports.home_of(["Invoice", "id", "joined", "age"], "transactions")
    assert (home.slug, home.shared) == ("lines", 4)
    services.imports.undo(services.imports.history("shop")[0].batch)
    assert services.imports.home_of(["id", "age", "joined"], "customers") is None
    assert page.arrive(services, "shop.csv", b"code,colour\n1,red\n")["data--file.data"]["proposed"] == [
        "shop", "Proposed: the dataset has the name of the file.",
    ]  # fmt: skip


@pytest.mark.parametrize(("share", "warned"), [(0.249, True), (0.1, True), (0.02, False), (0.0, False)])
def test_many_lines_of_nobody_are_a_warning(share, warned):
    card = lines_card({"rows": 1000}, {"without_customer": round(1000 * share), "without_customer_share": share})
    assert ("lost to every customer" in str(card)) == warned


def test_a_changed_guess_reads_the_file_again_and_as_detected_goes_back(page, services):
    page.arrive(services, "shop.csv", b"id;price\n1;1,5\n2;2,5\n")
    page.step(state.READ, "data--read-head.children")

    def choose(**values):
        start = {"encoding": state.DETECTED, "delimiter": state.DETECTED, "header_row": state.DETECTED}
        pattern = [({"page": "data", "read": name}, value) for name, value in (start | values).items()]
        return page.fire('{"page":"data","read":"delimiter"}.value', None, "data--file.data", pattern=pattern)

    assert choose() is None  # only drawn: nothing was chosen
    assert choose(header_row="2")["data--file.data"]["reading"] == {"header_row": 2}
    page.fire("data--file.data", page.props["data--file.data"], "data--how")
    assert "1 row and 2 columns" in told(page.props["data--read-head.children"])
    page.fire("data--as-detected.n_clicks", 1, "data--file.data")
    assert page.props["data--file.data"]["reading"] == {}
    page.fire("data--file.data", page.props["data--file.data"], "data--how")
    assert "2 rows and 2 columns" in told(page.props["data--read-head.children"])


def test_quotes_thousands_and_a_second_row_of_names_are_changed_on_the_page(page, services):
    page.arrive(services, "shop.csv", b"id;name;price\nno;text;euro\n1;'Ann; B.';1.234\n2;'Bob';5.678\n")
    shown = told(page.step(state.READ, "data--read-head.children"))
    for label in ("Double quotes (detected)", "Second row of names", "No (detected)"):
        assert label in shown
    said = {"quote": "'", "thousands": ".", "second_header": "yes"}
    pattern = [({"page": "data", "read": name}, value) for name, value in said.items()]
    page.fire('{"page":"data","read":"quote"}.value', None, "data--file.data", pattern=pattern)
    assert page.props["data--file.data"]["reading"] == said | {"second_header": True}
    page.fire("data--file.data", page.props["data--file.data"], "data--how")
    assert "2 rows and 3 columns" in told(page.props["data--read-head.children"])
    assert "Ann; B." in told(page.props["data--first.children"])
    form = told(page.props["data--how.children"])
    assert "Decimal comma (detected)" in form
    assert '"value": "\'"' in form


def forms(page, services, **changes):
    """What the browser reads in the forms of the columns, some changed: ``age__becomes="@leave"``."""
    found = services.imports.inspect(services.imports.uploaded(page.props["data--file.data"]["upload"]["id"]).path)
    shown = {}
    for place, column in enumerate(found.columns):
        form = state.shown(column, "customers", page.props["data--edits.data"])
        form |= {name.split("__")[1]: value for name, value in changes.items() if name.split("__")[0] == column.header}
        shown[str(place)] = form
    return shown


def edit(page, services, **changes):
    return page.fire("data--typed.data", forms(page, services, **changes), "data--edits.data")


def test_only_what_differs_from_the_proposals_is_kept_and_sent(page, services):
    page.arrive(services, "shop.csv", SHOP)
    drawn = page.step(state.COLUMNS, "data--columns.children")
    assert "looks like national ids" in told(drawn)
    assert edit(page, services) is None
    edit(page, services, age__label="Years", joined__becomes="@leave")
    assert page.props["data--edits.data"]["columns"] == {"age": {"label": "Years"}, "joined": {"becomes": "@leave"}}
    found = services.imports.inspect(services.imports.uploaded(page.props["data--file.data"]["upload"]["id"]).path)
    document = state.mapping(found, "customers", page.props["data--edits.data"])
    assert document == {"age": {"label": "Years"}, "joined": None, "ssn": None}  # a secret is left out unasked
    edit(page, services, ssn__becomes="@new", age__label="Age", joined__becomes="@new")
    assert page.props["data--edits.data"]["columns"] == {"ssn": {"becomes": "@new"}}


def run(services, job):
    """What a worker does."""
    with services.database.reading() as session:
        kind, payload, slug = session.execute(
            text("SELECT kind, payload, queue FROM job WHERE id = :id"), {"id": job}
        ).one()
    services.jobs.cancel(job)
    services.jobs.run_here(kind, json.loads(payload) if isinstance(payload, str) else payload, slug, "test")
    return {"id": services.jobs.recent(slug)[0].id, "status": "done"}


def choose_policies(page, duplicate="update", blank="keep", absent="leave"):
    for name, value in (("on_duplicate", duplicate), ("blank", blank), ("absent", absent)):
        page.props[f"data--{name}.value"] = value


def test_the_check_is_a_dry_run_and_the_import_does_what_it_said(page, services):
    page.arrive(services, "shop.csv", SHOP)
    choose_policies(page, "reject")
    page.step(state.CHECK, "data-check--job.data")
    first = page.props["data-check--job.data"]
    page.step(state.CHECK, "data-check--job.data")
    assert page.props["data-check--job.data"] == first  # drawn again: not checked again
    shown = page.fire("data-check--job-done.data", run(services, first), "data--check-facts.children")
    assert "2 of 3 rows can come in" in told(shown)
    assert "1 row with a key that came before" in told(shown)
    assert "Nothing is stored yet" in told(shown)
    assert services.datasets.list() == []
    imported = page.fire('{"import":"check","page":"data"}.n_clicks', 1, "data--job.data",
                         pattern=[({"import": "check", "page": "data"}, 1)])  # fmt: skip
    assert imported["data--step.data"] == state.IMPORT
    ended = page.fire("data--job-done.data", run(services, imported["data--job.data"]), "data--goto.data")
    batch = services.imports.history("shop")[0]
    assert (batch.rows, batch.created, batch.rejected) == (3, 2, 1)
    assert ended["data--goto.data"] == f"/data/{batch.batch}?dataset=shop"
    assert ended["data--file.data"] is None


def test_an_import_that_failed_can_be_tried_again_with_the_same_choices(page, services):
    page.arrive(services, "shop.csv", SHOP)
    choose_policies(page, "skip")
    first = page.fire('{"import":"check","page":"data"}.n_clicks', 1, "data--job.data",
                      pattern=[({"import": "check", "page": "data"}, 1)])  # fmt: skip
    services.jobs.cancel(first["data--job.data"])
    ended = page.fire("data--job-done.data", {"id": first["data--job.data"], "status": "failed"}, "data--goto.data")
    assert ended["data--failed.hidden"] is False
    assert page.props["data--file.data"]["upload"]["name"] == "shop.csv"
    again = page.fire("data--retry.n_clicks", 1, "data--job.data")
    assert again["data--job.data"] > first["data--job.data"]
    page.fire("data--job-done.data", run(services, again["data--job.data"]), "data--goto.data")
    assert services.imports.history("shop")[0].policy == "skip"


def test_a_file_that_expired_leads_back(page, services):
    page.arrive(services, "shop.csv", SHOP)
    page.props["data--file.data"] = {**page.props["data--file.data"], "sheet": None, "reading": {"delimiter": "|"}}
    for file in services.settings.uploads.iterdir():
        file.unlink()
    shown = page.step(state.READ, "data--read-head.children")
    assert "upload the file again" in told(shown["data--unreadable.children"])
    assert "Another file" in told(shown["data--read-head.children"])


def test_a_name_that_is_taken_is_told_and_nothing_goes_into_that_dataset(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_bytes(SHOP)
    services.imports.import_file(path, "shop", ImportOptions(dataset_name="Shop"))
    arrived = page.arrive(services, "shop.csv", SHOP.replace(b"30", b"31"))
    assert arrived["data--file.data"]["target"] == "shop"  # proposed: a file of that name updates it
    page.props["data--file.data"] |= {"target": "@new", "name": "Shop"}
    shown = page.fire("data--file.data", page.props["data--file.data"], "data--target-says.children")
    assert "already a dataset shop" in told(shown)
    choose_policies(page)
    with pytest.raises(AssertionError, match="already a dataset shop"):
        page.step(state.CHECK, "data-check--job.data")


def test_the_currency_is_shown_and_can_be_said(page, services):
    page.arrive(services, "shop.csv", "id,spent\n1,€ 30.5\n2,€ 40.5\n".encode())
    shown = page.step(state.READ, "data--currency.value")
    assert (shown["data--currency.value"], shown["data--currency-says.children"]) == ("EUR", "As signs in the file say")
    assert page.fire("data--currency.value", "eur", "data--file.data") is None
    page.fire("data--currency.value", "E1", "data--file.data")
    head = page.fire("data--file.data", page.props["data--file.data"], "data--read-head.children")
    assert '"disabled": true' in told(head["data--read-head.children"])
    shown = page.fire("data--file.data", page.props["data--file.data"], "data--currency-says.children")
    assert "E1 is no currency" in told(shown)
    page.fire("data--currency.value", "chf", "data--file.data")
    choose_policies(page)
    imported = page.fire('{"import":"check","page":"data"}.n_clicks', 1, "data--job.data",
                         pattern=[({"import": "check", "page": "data"}, 1)])  # fmt: skip
    run(services, imported["data--job.data"])
    assert services.datasets.get("shop").currency == "CHF"


def test_rows_are_numbered_only_when_the_analyst_says_so(page, services):
    page.arrive(services, "shop.csv", b"code,age\n1,30\n2,40\n")
    page.step(state.COLUMNS, "data--key.options")
    assert page.props["data--key.value"] == ""
    head = page.step(state.COLUMNS, "data--columns-head.children")
    assert "Choose the column that names the customer" in told(head["data--columns-note.children"])
    assert '"disabled": true' in told(head["data--columns-head.children"])
    page.fire("data--key.value", "@row", "data--edits.data")
    head = page.fire("data--edits.data", page.props["data--edits.data"], "data--columns-head.children")
    assert head["data--columns-note.children"] == ""
    assert '"disabled": true' not in told(head["data--columns-head.children"])


def test_what_the_findings_say_fits_their_cause():
    causes = ("blank_rows", "ambiguous_date", "replaced_row", "unlikely_age")
    examples = {cause: [Problem(7, "since", None, "x", cause, "warning")] for cause in causes}
    said = str(problems_card(group_problems(dict.fromkeys(causes, 1), examples)))
    for words in (
        "They are left out. Nothing needs to be done.", "The first is row 7", "The later row counts. If",
        "The day is taken first. If the month comes first", "since: no date has a day above 12", "They are kept. Check",
    ):  # fmt: skip
        assert words in said


def test_purchases_are_proposed_and_their_columns_named(page, services):
    lines = b"invoice,customer,date,amount\n" + b"".join(
        b"%d,c%d,2024-01-%02d,5.5\n" % (i, i % 4, i + 1) for i in range(20)
    )
    arrived = page.arrive(services, "sales.csv", lines)
    assert arrived["data--file.data"]["kind"] == "transactions"
    page.step(state.COLUMNS, "data--columns.children")
    head = page.step(state.COLUMNS, "data--columns-head.children")
    assert "Each row is a line of a purchase" in told(head)
    page.props["data--edits.data"] = {"key": None, "columns": {"amount": {"becomes": "@leave"}}}
    head = page.fire("data--edits.data", page.props["data--edits.data"], "data--columns-head.children")
    assert "No column is the amount, or quantity and price yet" in told(head)


def test_a_thousand_columns_are_shown_a_page_at_a_time(page, services):
    header = ",".join(["id", *(f"answer {i}" for i in range(1, 1200))])
    rows = "\n".join(",".join([str(n), *["5"] * 1199]) for n in range(4))
    page.arrive(services, "wide.csv", f"{header}\n{rows}\n".encode())
    job = page.step(state.READ, "data--read-head.children")["data-read--job.data"]  # so many columns take their time
    page.fire("data-read--job-done.data", run(services, job), "data--target.options")
    page.props |= {"data--search.value": "answer 11", "data--which.value": "all", "data--page.data": 1}
    drawn = page.step(state.COLUMNS, "data--columns.children")
    assert drawn["data--pager-says.children"] == "13 to 24 of 120 found among 1,200 columns"
    head = page.step(state.COLUMNS, "data--columns-head.children")
    assert "holds at most 500 attributes" in told(head)
    page.props["data--search.value"] = "answer"
    page.fire("data--take.n_clicks", 1, "data--edits.data")
    found = services.imports.inspected(page.props["data--file.data"]["upload"]["id"])
    wish = state.mapping(found, "customers", page.props["data--edits.data"])["answer 1199"]
    assert (wish["to"], wish["kind"]) == ("answer_1199", "number")  # as the form shows it
    head = page.step(state.COLUMNS, "data--columns-head.children")
    assert "1,199 columns would become attributes, at most 500 are possible" in told(head)
    page.fire("data--leave-out.n_clicks", 2, "data--edits.data")
    assert "0 of 1,200 columns" in told(page.step(state.COLUMNS, "data--columns-head.children"))


class TestUploadsThatBreak:
    """What a lost answer or a lost piece leaves behind; the rest of the protocol is in test_app."""

    @pytest.fixture
    def token(self, page):
        return page.client.post("/api/uploads", headers=ORIGIN).get_json()["token"]

    def send(self, page, address, data=b""):
        return page.client.post(f"/api/uploads/{address}", data=data, headers=ORIGIN)

    def test_an_empty_piece_asks_where_to_go_on(self, page, token):
        assert self.send(page, f"{token}?offset=0").get_json() == {"offset": 0}
        self.send(page, f"{token}?offset=0", b"id,age\n")
        asked = self.send(page, f"{token}?offset=0")
        assert (asked.status_code, asked.get_json()) == (409, {"offset": 7})

    def test_a_file_is_not_finished_before_all_of_it_is_there(self, page, token, services):
        self.send(page, f"{token}?offset=0", b"id,age\n")
        early = self.send(page, f"{token}/finish?name=a.csv&size=11")
        assert (early.status_code, early.get_json()) == (409, {"offset": 7})
        self.send(page, f"{token}?offset=7", b"1,30")
        assert self.send(page, f"{token}/finish?name=a.csv&size=11").status_code == 200

    def test_finishing_twice_answers_the_same_file(self, page, token, services):
        self.send(page, f"{token}?offset=0", b"id,age\n1,30\n")
        first, second = (self.send(page, f"{token}/finish?name=a.csv&size=12").get_json() for _ in range(2))
        assert first == second
        assert len(list(services.settings.uploads.glob("*.data"))) == 1


def test_rejected_rows_can_be_downloaded_and_others_are_not_there(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_bytes(b"id,age\n1,30\n2,\xff\n".replace(b"\xff", b"old") + b"".join(b"%d,4\n" % n for n in range(3, 9)))
    batch = services.imports.import_file(path, "shop").batch
    answer = page.client.get(f"/api/imports/{batch}/rejects")
    assert answer.status_code == 200
    assert "2,old" in answer.get_data(as_text=True)
    answer.close()
    assert page.client.get(f"/api/imports/{batch + 1}/rejects").status_code == 404
    assert page.client.get(f"/data/{batch}?dataset=shop").status_code == 200
    assert page.client.get(f"/data/{batch + 1}").status_code == 404


def test_the_page_of_an_import_tells_counts_problems_and_how_to_take_it_back(page, services, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_bytes(SHOP)
    first = services.imports.import_file(path, "shop", ImportOptions(on_duplicate="reject")).batch
    page.props["batch--query.data"] = {"dataset": "shop", "batch": str(first)}
    shown = page.fire("batch--changed.data", None, "batch--body.children")
    assert "2 of 3 rows came in" in told(shown["batch--head.children"])
    assert "2 + 0 + 0 + 1 = 3" in told(shown["batch--body.children"])
    assert f"/api/imports/{first}/rejects" in told(shown["batch--body.children"])
    assert (shown["batch--undo-button.hidden"], shown["batch--score-box.hidden"]) == (False, True)
    path.write_bytes(SHOP.replace(b"30", b"31"))
    services.imports.import_file(path, "shop")
    shown = page.fire("batch--changed.data", None, "batch--body.children")
    assert shown["batch--undo-button.hidden"]
    assert "changed or confirmed the same rows" in shown["batch--undo-says.children"]
