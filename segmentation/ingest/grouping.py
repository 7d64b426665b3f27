"""The problems of a file by their cause, with what to do about each."""

from dataclasses import dataclass

from segmentation.ingest.problems import Problem

EXAMPLES = 3


@dataclass(frozen=True)
class ProblemGroup:
    """Problems of one cause: how many there are exactly, up to three of them, and what to do."""

    cause: str
    severity: str
    count: int
    examples: list[Problem]
    fix: str


FIXES = {
    "not_a_number": "correct the cells in the file of rejected rows and import that, or read the column as text",
    "not_a_date": "correct the cells, or say which comes first in its dates: day, month or year",
    "not_a_flag": "write yes or no, or read the column as a category",
    "missing_key": "give every row a customer key, or number the rows with @row",
    "key_too_long": "check that the right column was chosen as the key",
    "rounded_key": "make the column one of text in the spreadsheet, and save the file anew from the source of the ids",
    "total_row": "nothing, if it is a sum; if it is a customer, move its row up in the file",
    "repeated_header": "nothing: these rows are names of columns",
    "repeated_key": "remove the repeats, or let the later row update the earlier one",
    "replaced_row": "if the later row is not the newer one, let what came first stay, or refuse repeats",
    "skipped_row": "if the first row is not the right one, let a later row update it, or refuse repeats",
    "missing_time": "give every line a date, or choose another column as the time",
    "purchase_in_future": "correct the dates, or say which comes first in them: day, month or year",
    "amount_differs": "nothing, if the amounts hold discounts or taxes; else leave that column out",
    "negative_price": "check that these lines are returns",
    "missing_amount": "give every line an amount, or choose another column, or quantity and price",
    "missing_quantity": "give every line a quantity, or map a column to the amount of the line",
    "missing_price": "give every line a price, or map a column to the amount of the line",
    "wrong_cell_count": "put quotes around the cells of these rows that hold the separator, as decimal commas do",
    "still_torn": "put every cell under its name in the file of rejected rows, then empty rejected_line",
    "further_line": "nothing, if these are other or late lines; if they correct stored ones, undo that import first",
    "stored_line": "nothing, if it is the same purchase; if it is another one, give the file a column of invoices",
    "unclosed_quote": "close or remove the quotation mark in the file, and import it again",
    "blank_rows": "nothing needs to be done",
    "ambiguous_date": "if the month comes first, say so where the file is read",
    "earlier_order": "if the dates of this file are written in another order, say so where the file is read",
    "other_currency": "convert these amounts, or give the dataset its currency if the sign is wrong",
    "secret": "leave the column out, and undo the import that stored it",
    "mixed_dates": "check that these dates were read as meant, or write all of them alike",
    "second_header": "nothing, if it names columns; if it is a customer, say that there is no second row of names",
    "row_names": "check in the first rows that every value stands under its name",
    "unknown_customers": "check that both files write the customers' keys alike and name the same customers",
    "no_value": "nothing, if these words mean that there is no value",
    "counted_date": "check that these days were read as meant",
    "ambiguous_number": "if the mark parts something else, say what marks the decimals where the file is read",
    "lost_zeros": "if they are codes, make the column a text where its meaning is chosen",
    "lost_digits": "if they are codes, make the column a text where its meaning is chosen",
    "empty_formula": "open the workbook in a spreadsheet, save it, and import it again",
    "no_dates": "write them like 2024-12-31, or choose another kind where its meaning is chosen",
    "text_number": "check that the marks were read as meant, or make the cells numbers in the workbook",
    "two_digit_year": "check that the century is right, or write years with four digits",
    "other_zone": "nothing, if the moment counts; for the day of the place, leave the zone out of the file",
    "birth_in_future": "correct the year",
    "unlikely_age": "check these customers; they are stored as they are",
}


def group_problems(counts: dict[str, int], examples: dict[str, list[Problem]]) -> list[ProblemGroup]:
    """Errors first, then by count."""
    groups = [
        ProblemGroup(
            cause, examples[cause][0].severity if examples.get(cause) else "error", count, examples.get(cause, []),
            FIXES.get(cause, "correct the cells in the file of rejected rows and import that"),
        )
        for cause, count in counts.items()
    ]  # fmt: skip
    return sorted(groups, key=lambda group: (group.severity != "error", -group.count))
