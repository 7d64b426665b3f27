"""Members of a segment as examples, and the table of everything known of them."""

from typing import Any

import pandas as pd
from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.customers import customer_link

STRONG, NOTICEABLE = 0.5, 0.2  # sd: what a title counts; what is worth a row of its own
MEMBERS = 6  # examples on the page


def members_card(dataset: str, title: str, caption: str, members: Any) -> html.Section:
    """A few members as examples, with what distinguishes the segment."""
    if not len(members.rows):
        return c.card(title, c.empty("Nobody to show."), caption=caption)
    columns = [c.Column("Customer"), *(_member_column(i, each) for i, each in enumerate(members.columns[:3]))]
    rows = [
        [
            customer_link(dataset, row["customer_key"]),
            *(_cell(row[each.name], each) for each in members.columns[:3]),
            _confidence(row),
        ]
        for _, row in members.rows.head(MEMBERS).iterrows()
    ]
    caption += ". Confidence in a word, and the share of members whose segment is less sure."
    return c.card(
        title, c.table([*columns, c.Column(c.term("confidence"))], rows, hover=True), caption=caption, data_is_body=True
    )


def _confidence(row: Any) -> Any:
    """The word, and where the customer ranks among the members."""
    if f.is_missing(row["word"]):
        return f.MISSING
    if f.is_missing(row["percentile"]):
        return row["word"]
    return html.Span(f"{row['word']}, {row['percentile']}%", className="k-nowrap")


def _member_column(place: int, column: Any) -> c.Column:
    return c.Column(f.with_unit(column.label, column.unit), column.kind == "number", hide_on_phone=place > 1)


def _cell(value: Any, column: Any) -> str:
    if f.is_missing(value):
        return f.MISSING
    if column.kind == "flag":
        return "yes" if value else "no"
    if column.kind == "date":
        return _date(value)
    return f.observed(float(value), column.label) if column.kind == "number" else str(value)


def _date(value: Any) -> str:
    return f.MISSING if f.is_missing(value) else f.day(pd.Timestamp(value).to_pydatetime())


def profile_card(detail: Any) -> html.Section:
    """Every attribute: here, in the nearest segment, among everyone."""
    neighbour = detail.neighbour
    columns = [c.Column("Attribute"), c.Column("This segment", True)]
    columns += [c.Column(neighbour.name, True, hide_on_phone=True)] if neighbour else []
    columns += [c.Column("Everyone", True), c.Column(c.term("distance"), True)]
    columns += [c.Column(c.term("set_apart"), True, hide_on_phone=True)]
    columns += [c.Column("Missing", True, hide_on_phone=True), c.Column("Formed segments", hide_on_phone=True)]
    table = detail.profile
    order = table["effect"].abs().sort_values(ascending=False, na_position="last", kind="stable").index
    rows = [
        _profile_row(row, bool(neighbour), detail.effects.get(row["attribute"]))
        for row in table.loc[order].to_dict("records")
    ]
    told = max(int((table["effect"].abs() >= NOTICEABLE).sum()), 1)
    rest = html.Details(
        [
            html.Summary(f"{f.counted(len(rows) - told, 'more attribute')}, close to everyone"),
            c.table(columns, rows[told:], hover=True, head=False),
        ],
        className="k-more",
    )
    return c.card(
        _how_many_differ(table),
        c.table(columns, rows[:told], hover=True),
        rest if len(rows) > told else None,
        caption="Averages; for categories the share of the most telling answer, for dates the median. "
        "Furthest from everyone first.",
        data_is_body=True,
    )


def _profile_row(row: Any, with_neighbour: bool, effect: Any) -> list[Any]:
    missing = row["missing"] / max(row["missing"] + row["customers"], 1)
    return [
        _attribute(row),
        _average(row, "mean", "median"),
        *([_average(row, "neighbour_mean", "neighbour_median")] if with_neighbour else []),
        _average(row, "population_mean", "population_median"),
        f.change(row["effect"], 2),
        f.statistic(effect.value) if effect else f.MISSING,
        f.percent(missing) if row["missing"] else "none",
        "yes" if row["used"] else "no",
    ]


def _how_many_differ(table: pd.DataFrame) -> str:
    strong = int((table["effect"].abs() >= STRONG).sum())
    if not strong:
        return f"None of {f.counted(len(table), 'attribute')} differs clearly from everyone"
    verb = "differs" if strong == 1 else "differ"
    return f"{f.number(strong)} of {f.counted(len(table), 'attribute')} {verb} clearly from everyone"


def _attribute(row: Any) -> str:
    label = f"{row['label']}: {row['level']}" if not f.is_missing(row["level"]) else row["label"]
    return label if not f.is_missing(row["level"]) else f.with_unit(label, row["unit"])


def _average(row: Any, mean: str, median: str) -> str:
    if row["kind"] == "date":
        return _date(row[median])
    is_share = row["kind"] == "flag" or not f.is_missing(row["level"])
    return f.percent(row[mean]) if is_share else f.average(row[mean], row["label"])
