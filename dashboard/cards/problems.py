"""What is wrong with a file, by cause: how many, three examples, what to do."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.formatting import counted, number, sentence

CAUSES = {
    "not_a_number": "where a number is expected",
    "not_a_date": "where a date is expected",
    "not_a_flag": "where yes or no is expected",
    "missing_key": "without a customer key",
    "key_too_long": "with a key that is too long",
    "rounded_key": "with a key that a spreadsheet rounded",
    "total_row": "of totals at the foot",
    "repeated_header": "of names of columns in the middle",
    "repeated_key": "with a key that came before",
    "replaced_row": "replaced by a later one of the same key",
    "skipped_row": "left out for an earlier one of the same key",
    "wrong_cell_count": "with too many or too few cells",
    "unclosed_quote": "with a quotation mark that is not closed",
    "blank_rows": "without any value",
    "ambiguous_date": "with dates that could be read two ways",
    "mixed_dates": "with dates written in several ways",
    "row_names": "without a name of its own",
    "second_header": "below the names that describes the columns",
    "unknown_customers": "whose customers are all unknown here",
    "no_value": "with a word for no value",
    "counted_date": "with dates as numbers",
    "ambiguous_number": "with numbers that could be read two ways",
    "lost_zeros": "with zeros before a number",
    "lost_digits": "with more digits than a number keeps",
    "empty_formula": "where a formula has no value yet",
    "no_dates": "that should hold dates",
    "text_number": "with a number written as text",
    "two_digit_year": "with years of two digits",
    "other_zone": "with times of another zone",
    "birth_in_future": "with a birth in the future",
    "unlikely_age": "with an age hard to believe",
    "missing_time": "without a date",
    "missing_amount": "without an amount",
    "missing_quantity": "without a quantity",
    "missing_price": "without a price",
}


KEPT = {
    "replaced_row": "The later row counts",
    "skipped_row": "The first row counts",
    "blank_rows": "They are left out",
    "ambiguous_date": "The day is taken first",
    "second_header": "It is left out",
    "ambiguous_number": "They are read as the example says",
    "lost_zeros": "The zeros are lost",
    "lost_digits": "The last digits are lost",
    "empty_formula": "These cells are stored as missing",
    "row_names": "It is kept, and the names begin with the next",
    "no_value": "They are stored as missing",
    "counted_date": "They are read as days",
    "unknown_customers": "They are added as new customers",
    "two_digit_year": "They are read as years near this one",
    "other_zone": "They are turned into UTC",
}
OF_COLUMNS = (
    "row_names",
    "unknown_customers",
    "ambiguous_date",
    "ambiguous_number",
    "two_digit_year",
    "other_zone",
    "counted_date",
)


def problems_card(groups: Sequence[Any], footer: Any = None) -> html.Section:
    """Problems by cause: how many, three examples, what to do."""
    if not groups:
        return c.card("Nothing is wrong with the file", c.empty("Every cell fits its column."), footer=footer)
    errors = sum(group.severity == "error" for group in groups)
    title = f"{sentence(counted(len(groups), 'finding'))}, no row stays out"
    if errors:
        rows = sum(group.count for group in groups if group.severity == "error")
        title = (
            f"{sentence(counted(len(groups), 'finding'))}, {counted(rows, 'problem keeps', 'problems keep')} rows out"
        )
    return c.card(
        title,
        html.Ul([_group(group) for group in groups], className="k-list"),
        caption="Read over the whole file; row 1 is the first below the names of the columns",
        footer=footer,
    )


def _title(group: Any) -> str:
    noun = "column" if group.cause in OF_COLUMNS else "row"
    words = CAUSES.get(group.cause, f"with {group.cause.replace('_', ' ')}")
    noun = "cell" if words.startswith("where") else noun
    return sentence(f"{counted(group.count, noun)} {words}")


def _group(group: Any) -> html.Li:
    is_error = group.severity == "error"
    kind = html.Span(c.icon("stop" if is_error else "warn"), className="k-bad" if is_error else "k-warn")
    kept = "These rows stay out" if is_error else KEPT.get(group.cause, "They are kept")
    fix = group.fix.replace(" with @row", "")
    examples = html.Ul([html.Li(_example(each)) for each in group.examples], className="k-examples")
    return html.Li([kind, html.Div([html.H3(_title(group)), html.P(f"{kept}. {sentence(fix)}."), examples])])


def _example(problem: Any) -> list[Any]:
    if problem.cause == "blank_rows":
        return [f"The first is row {number(problem.row)}"]
    if problem.cause == "row_names":
        return [f"{problem.column}: expected {problem.expected}"]
    if problem.cause == "second_header":
        return ["The row below the names: ", html.Code(problem.value[:80])]
    if problem.cause == "ambiguous_date":
        return [f"{problem.column}: no date has a day above 12, which would settle it"]
    where = f"Row {number(problem.row)}" + (f", {problem.column}" if problem.column else "")
    value = html.Code(problem.value[:80]) if problem.value else html.Span("empty", className="k-muted")
    return [f"{where}: ", value, f", expected {problem.expected}"] if problem.expected else [f"{where}: ", value]
