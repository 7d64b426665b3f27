"""What is wrong with the lines of a file of purchases, and those that are right as typed batches."""

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa

from segmentation.ingest.date_remarks import date_remarks
from segmentation.ingest.number_remarks import number_remarks
from segmentation.ingest.problems import Checked, collect, refuse
from segmentation.ingest.rejected import refuse_torn
from segmentation.ingest.staging import Staging
from segmentation.ingest.transactions import KINDS, LinePlan
from segmentation.ingest.validation import CAUSES, LONGEST_KEY, ROUNDED, rounded, staging_remarks

CENT, SLIGHT = 0.011, 0.005  # an amount is rounded, or made of a rounded price


def validate_lines(staging: Staging, plan: LinePlan, today: date) -> Checked:
    """Find every problem; lines without a customer are no problem, they are counted where they are stored.

    Nothing was bought after `today`, or a day later where the clock is ahead.
    """
    staging.run("CREATE OR REPLACE TABLE left_out (row_number BIGINT, rejected BOOLEAN, reason VARCHAR)")
    checked = Checked(rows=staging.rows + len(staging.ragged))
    staging_remarks(staging, checked)
    refuse_torn(staging, checked)
    date_remarks(staging, plan.places["time"], plan.types["time"], checked)
    number_remarks(staging, {plan.places[field]: plan.types[field] for field in plan.types}, checked)
    needed = {"time", "amount"} if "amount" in plan.places else {"time", "quantity", "price"}
    for field, kind in KINDS.items():
        if field not in plan.places:
            continue
        cell, name = f"c{plan.places[field]}", plan.header[plan.places[field]]
        wrong = f"{cell} IS NOT NULL AND ({plan.value(field)}) IS NULL"
        missing = f"{cell} IS NULL"
        for condition, expected, why in (
            (wrong, plan.types[field].expected, CAUSES[kind]),
            (
                missing if field in needed else "false",
                f"a value: without {name} the line cannot be dated or counted",
                f"missing_{field}",
            ),
        ):
            refuse(staging, cell, condition, name, expected, why, checked)
    for condition, expected, why in (
        (f"length({plan.customer}) > {LONGEST_KEY}", f"a key of at most {LONGEST_KEY} characters", "key_too_long"),
        (rounded(plan.customer), ROUNDED, "rounded_key"),
    ):
        refuse(staging, plan.customer, condition, plan.key_header, expected, why, checked)
    _check_time(staging, plan, today, checked)
    _check_signs(staging, plan, checked)
    checked.problems.sort(key=lambda problem: problem.row)
    checked.rejected = staging.rows_of("SELECT count(DISTINCT row_number) FROM left_out")[0][0] + len(staging.ragged)
    return checked


def line_batches(staging: Staging, plan: LinePlan, checked: Checked) -> Iterator[pa.RecordBatch]:
    """The accepted lines, as `db.transactions.load_lines` takes them."""
    category = f"c{plan.places['category']}" if "category" in plan.places else "NULL"
    query = (
        f"SELECT row_number AS position, {plan.customer} AS customer_key, {plan.value('time')} AS occurred_at, "
        f"{plan.amount} AS amount, CAST({plan.quantity} AS DOUBLE) AS quantity, "
        f"CAST({category} AS VARCHAR) AS category, CAST({plan.invoice} AS VARCHAR) AS invoice FROM staged"
    )
    if checked.rejected > len(staging.ragged):
        query += " ANTI JOIN left_out USING (row_number)"
    yield from staging.batches(query)


def _check_time(staging: Staging, plan: LinePlan, today: date, checked: Checked) -> None:
    """One purchase of a far year would make everybody else's last one long ago."""
    place = plan.places["time"]
    until = today + timedelta(days=1)
    later = f"({plan.value('time')}) >= DATE '{until + timedelta(days=1)}'"
    expected = f"a day until {until}: nothing was bought in the future"
    refuse(staging, f"c{place}", later, plan.header[place], expected, "purchase_in_future", checked)


def _check_signs(staging: Staging, plan: LinePlan, checked: Checked) -> None:
    """Remark on amounts that are not quantity times price, and on pieces below 0 at prices below 0."""
    if not {"quantity", "price"} <= set(plan.places):
        return
    product = plan.product
    if "amount" in plan.places:
        place, amount = plan.places["amount"], plan.value("amount")
        differs = f"abs({amount} - {product}) > greatest({CENT}, {SLIGHT} * abs({product}))"
        expected = "quantity times price; the amount counts, for it may hold a discount or a tax"
        collect(staging, f"c{place}", differs, plan.header[place], expected, "amount_differs", checked, "warning")
    else:
        place = plan.places["price"]
        below = f"({plan.value('quantity')}) < 0 AND ({plan.value('price')}) < 0"
        expected = "a price of 0 or more; with a quantity below 0 the line is read as a return"
        collect(staging, f"c{place}", below, plan.header[place], expected, "negative_price", checked, "warning")
