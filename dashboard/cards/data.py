"""What the data page shows of what is stored: datasets, and the files each received."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.datasets import address
from dashboard.formatting import counted, day, listed, moment, number, sentence

POLICIES = {"update": "updates", "skip": "skipped", "reject": "refused"}


def data_head(datasets: Sequence[Any]) -> html.Div:
    """The finding: how much is stored."""
    if not datasets:
        return c.page_head(
            "Add your first customer file",
            "One row per customer, any columns, any separator. You see everything before it is stored.",
            trail=[("Data", None)],
        )
    customers = sum(dataset.customers for dataset in datasets)
    title = f"{counted(customers, 'customer')} in {counted(len(datasets), 'dataset')}"
    without = [dataset.name for dataset in datasets if dataset.champion is None and dataset.customers]
    lede = (
        f"{listed(without)} {'has' if len(without) == 1 else 'have'} no segments yet."
        if without
        else ("Every dataset has segments. A newer file updates customers by their key.")
    )
    return c.page_head(title, lede, trail=[("Data", None)])


def datasets_card(datasets: Sequence[Any], slug: str | None) -> html.Section:
    """The datasets and the state each is in."""
    if not datasets:
        return c.card(
            "No dataset yet",
            c.empty(
                "Your datasets will be listed here: how many customers each has, when it "
                "last changed, and whether it has segments."
            ),
        )
    columns = [
        c.Column("Dataset"),
        c.Column("Customers", numeric=True),
        c.Column("Attributes", numeric=True, hide_on_phone=True),
        c.Column("Last change", hide_on_phone=True),
        c.Column("Segments"),
    ]
    rows = [
        [
            html.Span([html.A(d.name, href=address("/", d.slug)), html.Small(_tag(d), className="k-sub")]),
            number(d.customers),
            number(d.attributes),
            day(d.updated_at),
            _state(d),
        ]
        for d in datasets
    ]
    classes = ["is-picked" if dataset.slug == slug else "" for dataset in datasets]
    return c.card(
        "What is stored",
        c.table(columns, rows, hover=True, edge=True, row_classes=classes),
        caption="The highlighted one is in view on the other pages",
        data_is_body=True,
    )


def _tag(dataset: Any) -> str:
    return f"{dataset.slug}, sample data" if dataset.is_sample else dataset.slug


def _state(dataset: Any) -> Any:
    if dataset.champion is not None:
        return c.badge(f"version {dataset.champion}", "good", "check")
    return html.A("Find segments", href=address("/models", dataset.slug)) if dataset.customers else "no customers"


def history_card(batches: Sequence[Any], name: str) -> html.Section:
    """Every file this dataset received."""
    if not batches:
        return c.card(f"No file was imported into {name}", c.empty("Every import will be listed here with its counts."))
    columns = [
        c.Column("File"),
        c.Column("When", hide_on_phone=True),
        c.Column("Rows", numeric=True),
        c.Column("Created", numeric=True, hide_on_phone=True),
        c.Column("Updated", numeric=True, hide_on_phone=True),
        c.Column("Unchanged", numeric=True, hide_on_phone=True),
        c.Column("Rejected", numeric=True),
        c.Column("Repeats", hide_on_phone=True),
        c.Column("Status"),
    ]
    rows = [
        [
            b.file,
            moment(b.created_at),
            number(b.rows),
            number(b.created),
            number(b.updated),
            number(b.unchanged),
            number(b.rejected),
            POLICIES.get(b.policy, b.policy),
            _status(b.status),
        ]
        for b in batches
    ]
    return c.card(
        f"{sentence(counted(len(batches), 'file'))} came into {name}",
        c.table(columns, rows, hover=True, edge=True),
        caption="Newest first",
        data_is_body=True,
    )


def _status(status: str) -> html.Span:
    kinds = {"committed": ("done", "good"), "failed": ("failed", "bad"), "running": ("running", "")}
    text, kind = kinds.get(status, (status, ""))
    return c.badge(text, kind)
