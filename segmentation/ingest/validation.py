"""Which rows of a staged file cannot be stored, and why: one problem per cell, row and repeat.

A row with any error is rejected as a whole; the rest is given as typed batches, ready to merge.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from segmentation import vocabulary
from segmentation.errors import BadFileError
from segmentation.ingest.date_remarks import date_remarks
from segmentation.ingest.mapping import Plan
from segmentation.ingest.number_remarks import damaged_numbers, number_remarks
from segmentation.ingest.problems import MOST_PROBLEMS, SHOWN, Checked, Problem, collect, refuse
from segmentation.ingest.rejected import refuse_torn
from segmentation.ingest.staging import Staging
from segmentation.ingest.typing import ColumnFacts, says_no_value

OLDEST = 110  # years
MOST_REPEATS = 10_000
LONGEST_KEY = 400  # characters: PostgreSQL indexes at most 2,700 bytes
ROUNDED = "all digits of the key; a spreadsheet kept only the first of them"
QUOTE = "'"
NAMES = 20  # columns that tell a row of names
TOTAL = "a customer; the last row reads like the sum of those above"
_TOTALS = (
    "(grand |sub)?totals?|sum(me|ma)?|gesamt(summe)?|insgesamt|total (général|general)|totale|totaal|suma|somma|somme|"
    "razem|celkem|összesen|yhteensä|итого|всего|toplam|合计|合計"
)
_DATE_NAME = re.compile(r"(?i)(^|[^a-z])(date|datum|fecha)([^a-z]|$)")
CAUSES = {"number": "not_a_number", "flag": "not_a_flag", "date": "not_a_date"}


def validate(
    staging: Staging, plan: Plan, facts: Sequence[ColumnFacts], on_duplicate: str, this_year: int = 9999
) -> Checked:
    """Find every problem; afterwards the staged file knows which rows to give out.

    Parameters
    ----------
    on_duplicate : {"update", "skip", "reject"}
        What a key's second and later rows are: given out in order, left out, or problems.
    this_year : int
        Nobody was born after it.
    """
    staging.run("CREATE OR REPLACE TABLE left_out (row_number BIGINT, rejected BOOLEAN, reason VARCHAR)")
    staging.run("CREATE OR REPLACE TABLE repeated (row_number BIGINT, occurrence INTEGER)")
    checked = Checked(rows=staging.rows + len(staging.ragged))
    staging_remarks(staging, checked)
    for column in plan.columns:
        if column.kind == "date":
            date_remarks(staging, column.place, column.type, checked)
    types = {column.place: column.type for column in plan.columns}
    _tell_no_dates(staging, plan, facts, checked)
    number_remarks(staging, types, checked)
    damaged_numbers(staging, types, checked)
    _check_names(staging, checked)
    refuse_torn(staging, checked)
    _check_keys(staging, plan, checked)
    _check_cells(staging, plan, facts, checked)
    _check_possible(staging, plan, this_year, checked)
    _check_repeats(staging, plan, on_duplicate, checked)
    checked.problems.sort(key=lambda problem: problem.row)
    checked.rejected = staging.rows_of("SELECT count(DISTINCT row_number) FROM left_out WHERE rejected")[0][0] + len(
        staging.ragged
    )
    return checked


def typed_batches(
    staging: Staging, plan: Plan, checked: Checked, constants: Mapping[str, str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The accepted rows: ``_position`` (row number), ``_occurrence`` (of its key), ``customer_key``, attributes.

    `constants` adds columns with the same value (SQL) in every row.
    """
    values = {column.name: column.value for column in plan.columns} | dict(constants or {})
    columns = "".join(f', {value} AS "{name}"' for name, value in values.items())
    occurrence = "1" if checked.rounds == 1 else "coalesce(occurrence, 1)"
    query = (
        f"SELECT row_number AS _position, CAST({occurrence} AS INTEGER) AS _occurrence, "
        f"{plan.key_expression} AS customer_key{columns} FROM staged"
    )
    if checked.rounds > 1:
        query += " LEFT JOIN repeated USING (row_number)"
    if checked.rejected > len(staging.ragged) or checked.skipped:
        query += " ANTI JOIN left_out USING (row_number)"
    yield from staging.batches(query)


def _tell_no_dates(staging: Staging, plan: Plan, facts: Sequence[ColumnFacts], checked: Checked) -> None:
    """Remark on a column that by its name holds dates, and by its cells something else."""
    for column in plan.columns:
        entry = vocabulary.match(column.header)
        dated = entry.kind == "date" if entry else _DATE_NAME.search(column.header) is not None
        if dated and column.new and column.kind != "date" and facts[column.place].filled:
            row, cell = staging.rows_of(
                f"SELECT min(row_number), arg_min({column.cell}, row_number) FROM staged "
                f"WHERE {column.cell} IS NOT NULL"
            )[0]
            told = f"a date, as the column's name says; too few cells are dates, so it is stored as {column.kind}"
            checked.add([Problem(row, column.header, cell[:SHOWN], told, "no_dates", "warning")])


def staging_remarks(staging: Staging, checked: Checked) -> None:
    """What the reading set aside: blank rows as one warning, torn rows as errors."""
    if staging.dialect.row_names:
        told = "as many names as cells; the first cell of every row is read as the name of the row"
        checked.add([Problem(1, staging.dialect.header[0], None, told, "row_names", "warning")])
    if staging.dialect.description:
        told = "a customer; these words describe the columns and are left out. If it is one: --no-second-header"
        words = staging.dialect.description[:SHOWN]
        checked.add([Problem(1, None, words, told, "second_header", "warning")])
    if staging.dialect.empty_formulas:
        cell = staging.dialect.first_formula
        told = "a value; the formula was never calculated. Open and save the workbook in a spreadsheet, then import it"
        row = max(int(re.sub(r"\D", "", cell)) - staging.dialect.header_row, 1)
        checked.add([Problem(row, None, cell, told, "empty_formula", "warning")], staging.dialect.empty_formulas)
    if staging.blank_rows:
        left = "1 row" if staging.blank_rows == 1 else f"{staging.blank_rows} rows"
        checked.add([Problem(staging.first_blank, None, left, "rows with values; left out", "blank_rows", "warning")])
    checked.add(
        [
            Problem(row.row, None, row.text[:SHOWN], f"{row.expected} cells, found {row.found}", "wrong_cell_count")
            for row in staging.ragged
            if row.lines == 1
        ]
    )
    joined = [row for row in staging.ragged if row.lines > 1]
    told = "a quotation mark at both ends of a cell; without it {} lines became one row"
    checked.add([Problem(row.row, None, row.text[:SHOWN], told.format(row.lines), "unclosed_quote") for row in joined])


def _check_names(staging: Staging, checked: Checked) -> None:
    """The names of the columns once more, as where several files were put into one, are no customer."""
    named = [(f"c{place}", name) for place, name in enumerate(staging.dialect.header) if staging.dialect.header_row]
    if len(named) > 1:
        same = " AND ".join(f"{cell} = '{name.replace(QUOTE, QUOTE * 2)}'" for cell, name in named[:NAMES])
        refuse(staging, named[0][0], same, named[0][1], "a customer, not the names again", "repeated_header", checked)


def _check_keys(staging: Staging, plan: Plan, checked: Checked) -> None:
    if plan.key is None:
        return
    header, key = plan.key_header, plan.key_expression
    for condition, expected, cause in (
        (f"{key} IS NULL", "a customer key", "missing_key"),
        (f"length({key}) > {LONGEST_KEY}", f"a key of at most {LONGEST_KEY} characters", "key_too_long"),
        (rounded(key), ROUNDED, "rounded_key"),
        (
            f"row_number = (SELECT max(row_number) FROM staged) AND row_number > 2 AND {is_total(key)}",
            TOTAL,
            "total_row",
        ),
    ):
        refuse(staging, key, condition, header, expected, cause, checked)


def rounded(key: str) -> str:
    """SQL: is this key a long number as a spreadsheet shows it, like 1.23457E+11?"""
    return f"regexp_full_match({key}, '\\d([.,]\\d+)?[Ee]\\+\\d\\d+')"


def is_total(cell: str) -> str:
    """SQL: is this cell a word for a sum?"""
    return f"regexp_full_match(lower({cell}), '({_TOTALS})\\s*:?')"


def _check_cells(staging: Staging, plan: Plan, facts: Sequence[ColumnFacts], checked: Checked) -> None:
    typed = [column for column in plan.columns if column.kind in CAUSES and not column.plain]
    if not typed:
        return
    fits = staging.rows_of(f"SELECT {', '.join(f'count({each.value})' for each in typed)} FROM staged")[0]
    for column, fit in zip(typed, fits, strict=True):
        if fit == facts[column.place].filled:
            continue
        condition = f"{column.cell} IS NOT NULL AND ({column.value}) IS NULL AND NOT {says_no_value(column.cell)}"
        none = f"{says_no_value(column.cell)} AND ({column.value}) IS NULL"
        collect(staging, column.cell, none, column.header, "an empty cell", "no_value", checked, "warning")
        refuse(staging, column.cell, condition, column.header, column.type.expected, CAUSES[column.kind], checked)


def _check_possible(staging: Staging, plan: Plan, this_year: int, checked: Checked) -> None:
    """Nobody is born tomorrow (an error); an age below 0 or above 110 is remarked on."""
    for column in plan.columns:
        entry = vocabulary.match(column.header)
        what = entry.canonical if entry else ""
        value = column.value
        if what in ("birth_year", "birth_date") and column.kind in ("number", "date"):
            year = f"year({value})" if column.kind == "date" else f"({value})"
            future, old = f"{year} > {this_year}", f"{year} < {this_year - OLDEST}"
            until = f"a birth until {this_year}"
            refuse(staging, column.cell, future, column.header, until, "birth_in_future", checked)
        elif what == "age" and column.kind == "number":
            old = f"({value}) > {OLDEST} OR ({value}) < 0"
        else:
            continue
        expected = f"an age from 0 to {OLDEST} years"
        collect(staging, column.cell, old, column.header, expected, "unlikely_age", checked, "warning")


def _check_repeats(staging: Staging, plan: Plan, on_duplicate: str, checked: Checked) -> None:
    if plan.key is None:
        return
    key = plan.key_expression
    accepted = "staged ANTI JOIN left_out USING (row_number)"
    staging.run(
        f"INSERT INTO repeated SELECT row_number, row_number() OVER (PARTITION BY {key} ORDER BY row_number) "
        f"FROM {accepted} "
        f"WHERE {key} IN (SELECT {key} FROM {accepted} GROUP BY {key} HAVING count(*) > 1)"
    )
    most = staging.rows_of("SELECT max(occurrence) FROM repeated")[0][0]
    if most is None:
        return
    later = "row_number IN (SELECT row_number FROM repeated WHERE occurrence > 1)"
    if on_duplicate == "reject":
        expected = "a key that no earlier row has"
        refuse(staging, key, later, plan.key_header, expected, "repeated_key", checked)
    elif on_duplicate == "skip":
        first = f"first_value(row_number) OVER (PARTITION BY {key} ORDER BY row_number)"
        told = "one row per customer; row {} came first and counts"
        checked.skipped = _tell_repeats(staging, plan, first, "occurrence > 1", told, "skipped_row", checked)
        staging.run("INSERT INTO left_out SELECT row_number, false, NULL FROM repeated WHERE occurrence > 1")
    elif most > MOST_REPEATS:
        raise BadFileError(
            f"column {plan.key_header!r} has one value in {most:,} rows, so it does not name customers; "
            "give another column with --key, or number the rows with --key @row"
        )
    else:
        following = f"lead(row_number) OVER (PARTITION BY {key} ORDER BY row_number)"
        told = "one row per customer; row {} comes later and counts"
        _tell_repeats(staging, plan, following, "other IS NOT NULL", told, "replaced_row", checked)
        checked.rounds = most


def _tell_repeats(staging: Staging, plan: Plan, other: str, which: str, told: str, cause: str, checked: Checked) -> int:
    """Remark on the rows that give way to an `other` row (SQL) of their customer; how many."""
    rows = (
        f"FROM (SELECT row_number, {plan.key_expression} AS key, occurrence, {other} AS other "
        f"FROM repeated JOIN staged USING (row_number)) WHERE {which}"
    )
    total = int(staging.rows_of(f"SELECT count(*) {rows}")[0][0])
    shown = staging.rows_of(f"SELECT row_number, left(key, {SHOWN}), other {rows} ORDER BY 1 LIMIT {MOST_PROBLEMS}")
    found = [Problem(row, plan.key_header, key, told.format(by), cause, "warning") for row, key, by in shown]
    checked.add(found, total)
    return total
