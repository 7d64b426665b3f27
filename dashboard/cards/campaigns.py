"""All campaigns of a dataset: what each may bring, and what came of it."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.campaign import NEW, campaign_address, state
from dashboard.datasets import address


def campaigns_page(dataset: str, views: Sequence[Any]) -> list[Any]:
    """Head and table, or how to begin."""
    trail = [("Strategy", address("/strategy", dataset)), ("Campaigns", None)]
    plan = c.link_button("Plan a campaign", campaign_address(dataset, NEW), primary=True)
    lede = "A campaign is planned for a group, with a part of it left alone, so that its effect can be seen."
    if not views:
        nothing = c.empty("No campaign is planned yet. It will stand here with what it may bring and what came of it.")
        return [c.page_head("No campaign yet", lede, [plan], trail=trail), c.row(c.col(12, c.card("None", nothing)))]
    columns = [
        c.Column("Campaign"), c.Column("For", wide=True), c.Column("People", True, small="people"),
        c.Column("Held out", True, small="held out"), c.Column("Expected gain", True, small="expected gain"),
        c.Column("Pays", True, small="pays"), c.Column("State", small="state"),
    ]  # fmt: skip
    rows = [
        [
            html.A(each.name, href=campaign_address(dataset, each.id)),
            each.group_name,
            f.number(each.counted.people),
            f.percent(each.holdout, 0),
            *_chances(each.planned["forecast"]),
            state(each),
        ]
        for each in views
    ]
    table = c.table(columns, rows, hover=True, stacked=True, caption="Campaigns, the newest first")
    measured = sum(each.outcome is not None for each in views)
    title = f"{f.sentence(f.in_words(len(views)))} campaign{'' if len(views) == 1 else 's'}, "
    title += f"{f.in_words(measured) if measured else 'none'} measured"
    card = c.card(
        "What each may bring, and where it stands", html.Div(table, className="k-campaigns"), data_is_body=True
    )
    return [c.page_head(title, lede, [plan], trail=trail), c.row(c.col(12, card))]


def _chances(forecast: dict[str, Any] | None) -> tuple[Any, Any]:
    if forecast is None:
        return html.Span("something is missing", className="k-muted"), html.Span("not known", className="k-muted")
    return f.change(forecast["expected"]), f.percent(forecast["pays"], 0)
