"""An import can be taken back, and what stays is what the remaining files say."""

import csv
import itertools

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from db import transactions
from segmentation.errors import ConflictError, NotFoundError
from segmentation.services import Services
from segmentation.services.imports import ImportOptions
from segmentation.snapshots import Snapshots


@pytest.fixture
def services(settings):
    services = Services(settings)
    yield services
    services.close()


@pytest.fixture
def write(tmp_path):
    names = itertools.count()

    def write(body):
        path = tmp_path / f"file_{next(names)}.csv"
        path.write_text(body)
        return path

    return write


def stored(services, slug="shop"):
    """Attributes by key, without those that are missing."""
    frame = Snapshots(services.database, services.settings).frame(slug)
    rows = {row.pop("customer_key"): row for row in frame.to_dict("records")}
    return {
        key: {name: value for name, value in row.items() if value is not None and value == value}
        for key, row in rows.items()
    }


def bought(services, slug):
    """The stored lines of purchases, in no order."""
    with services.database.reading() as session:
        if not transactions.exists(session.connection(), slug):
            return []
        lines = session.execute(transactions.transactions_table(slug).select()).all()
        return sorted(str(line[:-1]) for line in lines)  # without the batch


def one(services, query):
    with services.database.reading() as session:
        return session.execute(text(query)).scalar_one()


def test_changed_rows_are_restored_and_created_ones_removed(services, write):
    services.imports.import_file(write("id,age,city\n1,30,Ghent\n2,40.5,Lyon\n"), "shop")
    before = stored(services)
    second = services.imports.import_file(write("id,age,points\n2,41,7\n3,50,8\n1,30,\n"), "shop", by="ann")
    assert services.imports.undo(second.batch, by="ann") == {"batch": second.batch, "removed": 1, "restored": 1}
    assert stored(services) == before
    assert [each.name for each in services.datasets.attributes("shop")] == ["age", "city"]
    assert services.datasets.get("shop").customers == 2 == one(services, "SELECT count(*) FROM customers_shop")
    assert one(services, "SELECT count(*) FROM customer_before_shop") == 0
    history = services.imports.history("shop")
    assert [(each.status, each.undoable) for each in history] == [("undone", False), ("committed", True)]
    with pytest.raises(ConflictError, match="it was undone already"):
        services.imports.undo(second.batch)


def test_it_is_refused_where_a_later_import_met_the_same_rows(services, write):
    first = services.imports.import_file(write("id,age\n1,30\n2,40\n"), "shop").batch
    other = services.imports.import_file(write("id,age\n9,90\n"), "shop").batch
    later = services.imports.import_file(write("id,age\n1,31\n"), "shop").batch
    with pytest.raises(
        ConflictError, match=f"later import {later} changed or confirmed the same rows; undo it first .file_2.csv"
    ):
        services.imports.undo(first)
    told = {each.batch: each.as_json() for each in services.imports.history("shop")}
    assert (told[first]["undoable"], told[later]["undoable"], told[other]["undoable"]) == (False, True, True)
    assert str(later) in told[first]["why_not"]
    services.imports.undo(other)
    services.imports.undo(later)
    services.imports.undo(first)
    assert stored(services) == {}
    assert services.imports.import_file(write("id,age\n1,old\n2,young\n"), "shop").created == 2  # a new kind


def test_a_row_that_a_later_file_confirms_is_not_taken_away(services, write):
    first = services.imports.import_file(write("id,age\n1,30\n"), "shop").batch
    again = services.imports.import_file(write("id,age\n1,30\n"), "shop").batch
    with pytest.raises(ConflictError, match="confirmed"):
        services.imports.undo(first)
    services.imports.undo(again)
    assert services.imports.undo(first)["removed"] == 1


def test_what_is_not_there_or_failed_cannot_be_undone(services, write):
    with pytest.raises(NotFoundError, match="no import 77"):
        services.imports.undo(77)


def test_a_forgotten_customer_has_no_before_image_and_does_not_return(services, write):
    services.imports.import_file(write("id,age\n1,30\n2,40\n"), "shop")
    batch = services.imports.import_file(write("id,age\n1,31\n2,41\n"), "shop").batch
    services.datasets.forget("shop", "1")
    assert one(services, "SELECT count(*) FROM customer_before_shop") == 1
    assert services.imports.undo(batch) == {"batch": batch, "removed": 0, "restored": 1}
    assert stored(services) == {"2": {"age": 40}}


def test_it_is_refused_where_a_later_import_has_its_returns_told_by_the_invoices(services, write):
    lines, head = ImportOptions(kind="transactions"), "invoice,id,date,amount\n"

    def bring(body):
        return services.imports.import_file(write(head + body), "shop", lines)

    first = bring("1,A,2024-01-01,20\n2,A,2024-01-02,9\n").batch
    credit = bring("C1,A,2024-01-03,5\n")
    assert (credit.facts["returns"], set(credit.facts) & {"lines", "signs"}) == (1, set())
    with pytest.raises(ConflictError, match=f"later import {credit.batch} brought invoices like C1.*; undo it first"):
        services.imports.undo(first)
    more = bring("3,A,2024-01-04,7\n").batch  # stored after the returns were told
    with pytest.raises(ConflictError, match="brought invoices like C1"):
        services.imports.undo(first)
    services.imports.undo(credit.batch)
    again = bring("C1,A,2024-01-03,5\n")
    services.imports.undo(first)  # the other's invoices say the same
    assert one(services, "SELECT sum(amount) FROM transactions_shop") == 2
    with pytest.raises(ConflictError, match="brought invoices like C1"):
        services.imports.undo(more)
    services.imports.undo(again.batch)
    services.imports.undo(more)


def test_who_bought_only_what_they_gave_back_is_no_customer_once_the_purchase_is_undone(services, write):
    lines, head = ImportOptions(kind="transactions"), "invoice,id,date,amount\n"

    def bring(body):
        return services.imports.import_file(write(head + body), "shop", lines).batch

    bring("1,A,2024-01-01,20\n2,B,2024-01-02,9\nC2,B,2024-01-03,-9\n")
    assert one(services, "SELECT count(*) FROM customers_shop") == 1
    later = bring("3,B,2024-01-04,7\n")
    assert one(services, "SELECT count(*) FROM customers_shop") == 2
    services.imports.undo(later)
    assert one(services, "SELECT count(*) FROM customers_shop") == 1
    first = bring("4,D,2024-01-05,5\n")
    bring("5,D,2024-01-06,6\n")
    services.imports.undo(first)  # D bought in the other one too
    assert one(services, "SELECT count(*) FROM customers_shop") == 2


KEYS = st.integers(1, 6)
CELLS = st.sampled_from(["", "1", "2", "0.1", "-7.25"])
LINES = st.tuples(
    st.sampled_from(["", "", "C"]),
    st.integers(1, 5),
    st.sampled_from(["", "1", "2", "7", "8"]),
    st.integers(1, 28),
    st.integers(-3, 9),
    st.integers(0, 3),
)


class Interleavings(RuleBasedStateMachine):
    """Imports and undos in any order, against the surviving files imported in order into a new dataset."""

    services: Services
    folder = None
    numbers = itertools.count()

    @initialize(sold=st.sampled_from([True, True, False]))
    def begin(self, sold):
        """With ordinary invoices in most runs: what comes later may rest on them."""
        self.slug = f"d{next(self.numbers)}"
        self.kept = {}
        if sold:
            self.keep_purchases([("9", 1, "2024-01-01", 5, 1)])

    def bring(self, slug, header, rows, options):
        path = self.folder / "file.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        result = self.services.imports.import_file(path, slug, options)
        assert result.rows == result.created + result.updated + result.unchanged + result.rejected == len(rows)
        return result

    @rule(data=st.data())
    def step(self, data):
        """One rule: of several, hypothesis leaves some out of most runs, the undo too."""
        steps = [self.import_customers, self.import_purchases, self.lose_the_snapshots]
        steps += [self.import_credit_notes] * 2 + [self.undo] * 4 * bool(self.kept)
        steps[data.draw(st.integers(0, 719)) % len(steps)](data)

    def import_customers(self, data):
        rows = data.draw(st.lists(st.tuples(KEYS, CELLS, CELLS), min_size=1, max_size=6))
        columns = data.draw(st.sampled_from([("a", "b"), ("b", "c")]))
        policy = data.draw(st.sampled_from(["update", "update", "skip", "reject"]))
        blank = data.draw(st.sampled_from(["keep", "clear"]))
        absent = data.draw(st.sampled_from(["leave", "mark"]))
        numbers = {column: {"kind": "number"} for column in columns}
        options = ImportOptions(key="id", on_duplicate=policy, blank=blank, absent=absent, mapping=numbers)
        file = (["id", *columns], rows, options)
        self.kept[self.bring(self.slug, *file).batch] = file

    def import_purchases(self, data):
        """Invoices that are stored already come again, whole or not; 0 pieces at a price, and lines of nobody.

        An amount above 0 with a letter before its invoice is a return where most invoices are digits, here or before.
        """
        rows = [
            (
                f"{'C' if amount < 0 else letter}{invoice}",
                key,
                f"2024-01-{day:02}",
                amount,
                -pieces if amount < 0 else pieces,
            )
            for letter, invoice, key, day, amount, pieces in data.draw(st.lists(LINES, min_size=1, max_size=6))
        ]
        self.keep_purchases(rows)

    def import_credit_notes(self, data):
        """Invoices like C1 and nothing else: returns where most of those stored before are digits, else sales."""
        lines = data.draw(st.lists(st.tuples(st.integers(1, 5), KEYS, st.integers(1, 9)), min_size=1, max_size=3))
        self.keep_purchases([(f"C{invoice}", key, "2024-02-01", amount, 1) for invoice, key, amount in lines])

    def keep_purchases(self, rows):
        file = (["invoice", "id", "date", "amount", "quantity"], rows, ImportOptions(kind="transactions", key="id"))
        self.kept[self.bring(self.slug, *file).batch] = file

    def undo(self, data):
        batch = data.draw(st.just(min(self.kept)) | st.sampled_from(sorted(self.kept)))
        view = next(each for each in self.services.imports.history(self.slug) if each.batch == batch)
        if view.undoable:
            self.services.imports.undo(batch)
            del self.kept[batch]
            self.compare()
        else:
            with pytest.raises(ConflictError):
                self.services.imports.undo(batch)

    def lose_the_snapshots(self, _data):
        Snapshots(self.services.database, self.services.settings).remove(self.slug)

    def teardown(self):
        self.compare()

    def compare(self):
        """After every undo and at the end: each comparison imports all the surviving files again."""
        if not self.kept:
            return
        fresh = f"{self.slug}_f{next(self.numbers)}"
        for batch in sorted(self.kept):
            self.bring(fresh, *self.kept[batch])
        assert stored(self.services, self.slug) == stored(self.services, fresh)
        assert bought(self.services, self.slug) == bought(self.services, fresh)
        self.services.datasets.delete(fresh)


@pytest.mark.slow
def test_any_interleaving_of_imports_and_undos_leaves_what_the_surviving_files_say(services, tmp_path):
    class Here(Interleavings):
        pass

    Here.services, Here.folder = services, tmp_path
    run_state_machine_as_test(
        Here,
        settings=hypothesis_settings(
            max_examples=10,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[
                Phase.explicit,
                Phase.reuse,
                Phase.generate,
            ],  # shrinking takes minutes; the steps are told as they are
        ),
    )
