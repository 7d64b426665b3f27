"""What an import would do, and what it did: counts, changes, problems by cause, what becomes possible."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import ALL, html

from dashboard import components as c
from dashboard.cards.files import go_id
from dashboard.cards.problems import problems_card
from dashboard.formatting import MINUS, counted, day, in_words, is_calendar_year, number, percent, sentence

TRAIL = [("Data", "/data"), ("Import", None)]
IMPORT = {"page": "data", "import": ALL}
CHANGES = 4  # of one customer
VALUES = 6  # of one new customer
MUCH_LOST = 0.1  # of the lines name nobody: more than a few, and worth a look


def import_id(at: str) -> dict[str, str]:
    """Id of the button that begins the import."""
    return {"page": "data", "import": at}


def checking_head(file: Mapping[str, Any]) -> html.Div:
    """While the whole file is checked."""
    return c.page_head(
        f"Checking all of {file['upload']['name']}",
        "Every row is checked and compared with what is stored. Nothing is stored yet.",
        [c.button("Back", go_id(2, "check"))],
        trail=TRAIL,
    )


def check_title(counts: Mapping[str, int], lines: bool = False) -> str:
    """How many rows can come in.

    >>> check_title({"rows": 200, "rejected": 0}), check_title({"rows": 660, "rejected": 5})
    ('All 200 rows can come in', '655 of 660 rows can come in')
    """
    word = "line" if lines else "row"
    if not counts["rejected"]:
        return (
            f"All {counted(counts['rows'], word)} can come in" if counts["rows"] != 1 else f"The one {word} can come in"
        )
    return f"{number(counts['rows'] - counts['rejected'])} of {counted(counts['rows'], word)} can come in"


def facts(counts: Mapping[str, int], lines: bool = False) -> html.Dl:
    """The four ways of a row; they add up to all that were read."""
    names = {"created": "New", "updated": "Updated", "unchanged": "Unchanged", "rejected": "Rejected"}
    notes = (
        {"created": "lines", "unchanged": "already stored", "rejected": "not stored"}
        if lines
        else {
            "created": "customers",
            "updated": "rows that change a customer",
            "unchanged": "rows with nothing new",
            "rejected": "rows not stored",
        }
    )
    shown = [name for name in names if not (lines and name == "updated")]
    return c.facts(*(c.Fact(names[name], number(counts[name]), notes[name]) for name in shown))


def sum_words(counts: Mapping[str, int], lines: bool = False) -> str:
    """Every row is accounted for.

    >>> sum_words({"rows": 10, "created": 7, "updated": 2, "unchanged": 0, "rejected": 1})
    '7 + 2 + 0 + 1 = 10: new, updated, unchanged and rejected are all rows read'
    >>> sum_words({"rows": 10, "created": 7, "updated": 0, "unchanged": 2, "rejected": 1}, lines=True)
    '7 + 2 + 1 = 10: new, unchanged and rejected are all lines read'
    """
    names = ["created", *([] if lines else ["updated"]), "unchanged", "rejected"]
    total = " + ".join(number(counts[name]) for name in names)
    said = "new, unchanged and rejected are all lines" if lines else "new, updated, unchanged and rejected are all rows"
    return f"{total} = {number(counts['rows'])}: {said} read"


def updated_card(preview: Any) -> Any:
    """Before and after, of a few customers that would change."""
    changed = preview.counts["updated"]
    if not preview.updated:
        return ""
    columns = [c.Column("Customer"), c.Column("Attribute"), c.Column("Stored now"), c.Column("In the file")]
    rows = [
        [
            _again(each["customer"], place),
            change["label"],
            *(_value(change[when], change["label"]) for when in ("before", "after")),
        ]
        for each in preview.updated
        for place, change in enumerate(each["changes"][:CHANGES])
    ]
    shown = counted(min(len(preview.updated), changed), "customer")
    return c.card(
        f"{sentence(counted(changed, 'row changes', 'rows change'))} what is stored",
        c.table(columns, rows, edge=True),
        caption=f"{shown} of {number(changed)}; at most {in_words(CHANGES)} changes of each",
    )


def _again(customer: str, place: int) -> html.Span:
    """The customer of a change; written once, and heard with every change of it."""
    return html.Span(customer, className="visually-hidden" if place else "")


def created_card(preview: Any, lines: bool = False) -> Any:
    """A few of the rows that would be new, as they would be stored."""
    if not preview.created:
        return ""
    values = [value for each in preview.created for value in each["values"]]
    told = [value for value in values if value["value"] is not None or not lines]  # lines have few columns, or all
    labels = list(dict.fromkeys(value["label"] for value in told))[:VALUES]
    numeric = {label for label in labels if all(_is_number(each["value"]) for each in told if each["label"] == label)}
    columns = [c.Column("Customer"), *(c.Column(label, numeric=label in numeric) for label in labels)]
    rows = [
        [each["customer"] or html.Span("none", className="k-muted"), *(_of(each["values"], label) for label in labels)]
        for each in preview.created
    ]
    what = "line" if lines else "customer"
    return c.card(
        f"{sentence(counted(preview.counts['created'], what))} would be new",
        c.table(columns, rows, edge=True),
        caption=f"The first {in_words(len(rows))}, as they would be stored"
        if len(rows) > 1
        else "As it would be stored",
    )


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _of(values: Sequence[Mapping[str, Any]], label: str) -> Any:
    return _value(next((each["value"] for each in values if each["label"] == label), None), label)


def _value(value: Any, label: str) -> Any:
    if value is None:
        return html.Span("empty", className="k-muted")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return exact(value).replace(",", "") if is_calendar_year(label) else exact(value)
    if re.match(r"\d{4}-\d\d-\d\d", str(value)):
        return html.Span(re.sub(r"T(\d\d:\d\d)(:00)?$", r" \1", str(value)), className="k-nowrap")
    return str(value)[:80]


def exact(value: float) -> str:
    """A number as it was written, not rounded for the eye: what is checked here is what will be stored.

    >>> exact(1.2345), exact(58138.0), exact(-3), exact(6 * 2.55)
    ('1.2345', '58,138', '−3', '15.3')
    """
    return f"{value:,.15g}".replace("-", MINUS)


def absent_says(preview: Any) -> str:
    """Who of the dataset is not in the file."""
    if not preview.absent:
        return ""
    some = ", ".join(preview.absent_examples[:3]) + (" and others" if preview.absent > 3 else "")
    return f"{counted(preview.absent, 'customer is', 'customers are')} not in the file: {some}."


def unlocks_card(unlocks: Sequence[Any]) -> Any:
    """What the columns make possible, and what to add for the rest."""
    if not unlocks:
        return ""
    possible = [each for each in unlocks if each.possible]
    rest = [each for each in unlocks if not each.possible]
    more = html.Details(
        [
            html.Summary(f"{sentence(in_words(len(rest)))} more with other columns"),
            html.Ul(list(map(_unlock, rest)), className="k-list"),
        ],
        className="k-fold",
    )
    return c.card(
        f"{sentence(in_words(len(possible)))} {'thing becomes' if len(possible) == 1 else 'things become'} possible",
        html.Ul(list(map(_unlock, possible)), className="k-list"),
        more if rest else "",
        caption="With these columns, and those the dataset has already",
    )


def _unlock(unlock: Any) -> html.Li:
    icon = html.Span(
        c.icon("check" if unlock.possible else "minus"), className="k-good" if unlock.possible else "k-muted"
    )
    said = f"Add {unlock.add}." if unlock.add and not unlock.possible else f"{sentence(unlock.why)}."
    return html.Li([icon, html.Div([html.H3(unlock.what), html.P(said)])])


def lines_card(counts: Mapping[str, int], facts: Mapping[str, Any]) -> Any:
    """What is special about purchases: lines without a customer, returns, the customers they make."""
    without, share = facts.get("without_customer", 0), facts.get("without_customer_share", 0.0)
    returns = facts.get("returns", 0)
    said = [
        (
            "Lines without a customer",
            f"{number(without)} ({percent(share)}): kept and counted, but in nobody's measures",
        )
        if without
        else ("Lines without a customer", "None"),
        ("Cancelled or returned", f"{number(returns)}: they net out against what was bought" if returns else "None"),
    ]
    if facts.get("customers_created"):
        said.append(("New customers", f"{number(facts['customers_created'])}: seen in purchases only"))
    if facts.get("as_of"):
        said.append(("Counted to", day(date.fromisoformat(str(facts["as_of"])[:10]))))
    said.append(("Made of them", "Days since the last purchase, purchases, spending, average basket, days as customer"))
    body = html.Dl(
        [part for term, words in said for part in (html.Dt(term), html.Dd(words))], className="k-dl k-wide-dl"
    )
    title = f"{percent(share)} of the lines name no customer" if without else "Every line names its customer"
    missed = (
        c.note(
            "warn",
            "What these lines tell is lost to every customer",
            "Recency, frequency and spending count only lines that name somebody. If that is more than you expect, "
            "look whether the right column names the customer, or export the file with it filled.",
        )
        if share >= MUCH_LOST
        else ""
    )
    return c.card(title, html.Div(missed, className="k-outcome"), body)


def check_head(file: Mapping[str, Any], preview: Any) -> html.Div:
    """How many rows can come in, and the button that lets them."""
    counts, lines = preview.counts, file["kind"] == "transactions"
    stored = counts["rows"] - counts["rejected"]
    lede = "Nothing is stored yet. This is what the import will do, checked over every row."
    into = "a new dataset" if file["target"] == "@new" else "the dataset"
    if not stored:
        lede = "Nothing is stored, and nothing can be: see below what stands in the way."
    elif counts["updated"] and not preview.updated and file["target"] == "@new":
        made, repeats = counted(counts["created"], "customer"), counted(counts["updated"], "row repeats", "rows repeat")
        lede = f"Nothing is stored yet. They make {made}: {repeats} a key."
    elif counts["unchanged"] == counts["rows"]:
        lede = f"Nothing is stored yet, and nothing would change: all of it is in {into} already."
    actions = [
        c.button("Back", go_id(2, "check")),
        c.button(
            f"Import {counted(stored, 'line' if lines else 'row')}",
            import_id("check"),
            primary=True,
            disabled=not stored,
        ),
    ]
    return c.page_head(check_title(counts, lines), lede, actions, trail=TRAIL)


def stopped_head(file: Mapping[str, Any]) -> html.Div:
    """The check was cancelled, or could not be done."""
    return c.page_head(
        f"{file['upload']['name']} was not checked", "Nothing is stored. Change what the note says, and check again.",
        [c.button("Back", go_id(2, "check"))], trail=TRAIL,
    )  # fmt: skip


def found_cards(preview: Any, lines: bool) -> list[Any]:
    """Everything the check found, the most pressing first."""
    cards = [problems_card(preview.groups), updated_card(preview), created_card(preview, lines)]
    if lines:
        cards.insert(0, lines_card(preview.counts, preview.facts))
    return [card for card in cards if card != ""]


def importing_head(file: Mapping[str, Any] | None, ended: str | None) -> html.Div:
    """While the rows go into the store, and when they could not."""
    name = file["upload"]["name"] if file else "Your file"
    if ended == "failed":
        return c.page_head(
            f"{name} did not come in", "The store is as it was before. Your choices are kept.", trail=TRAIL
        )
    if ended == "cancelled":
        return c.page_head(f"The import of {name} was cancelled", "The store is as it was before.", trail=TRAIL)
    return c.page_head(f"{name} is being imported", "All of it comes in, or nothing.", trail=TRAIL)
