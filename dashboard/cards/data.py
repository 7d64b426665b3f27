"""What the data page shows of what is stored: datasets, and the files each received."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.cards.files import batch_address
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


def history_card(batches: Sequence[Any], dataset: Any) -> html.Section:
    """Every file this dataset received: what became of it, and its page, where it can be undone."""
    if not batches:
        return c.card(
            f"No file was imported into {dataset.name}", c.empty("Every import will be listed here with its counts.")
        )
    columns = [
        c.Column("File"),
        c.Column("By", hide_on_phone=True),
        c.Column("Rows", numeric=True),
        c.Column("Created", numeric=True, hide_on_phone=True),
        c.Column("Updated", numeric=True, hide_on_phone=True),
        c.Column("Unchanged", numeric=True, hide_on_phone=True),
        c.Column("Rejected", numeric=True, hide_on_phone=True),
        c.Column("Repeats", hide_on_phone=True),
        c.Column("Status"),
    ]
    rows = [
        [
            html.Span(
                [
                    html.A(b.file, href=batch_address(b.batch, dataset.slug)),
                    html.Small(moment(b.created_at), className="k-sub"),
                ],
                className="k-file",
            ),
            "this page" if b.by == "dashboard" else b.by or "–",
            _rows(b),
            number(b.created),
            number(b.updated),
            number(b.unchanged),
            number(b.rejected),
            "–" if b.kind == "transactions" else POLICIES.get(b.policy, b.policy),
            _undo(b, dataset.slug),
        ]
        for b in batches
    ]
    return c.card(
        f"{sentence(counted(len(batches), 'file'))} came into {dataset.name}",
        c.table(columns, rows, hover=True, edge=True),
        caption="Newest first; open one for its columns, its problems, and to undo it",
        data_is_body=True,
    )


def _rows(batch: Any) -> Any:
    """The rows, and on a phone how many of them stayed out."""
    rejected = html.Small(f"{number(batch.rejected)} rejected", className="k-sub k-only-sm")
    return html.Span([number(batch.rows), rejected]) if batch.rejected else number(batch.rows)


def _undo(batch: Any, slug: str) -> Any:
    """The status, with the way to undo it where that is possible."""
    if batch.why_not is not None:
        return status_badge(batch.status)
    undo = html.A("Undo", href=batch_address(batch.batch, slug), **{"aria-label": f"Undo {batch.file}"})
    return html.Span([status_badge(batch.status), undo], className="k-badges")


def status_badge(status: str) -> html.Span:
    """What became of an import, in one word."""
    kinds = {"committed": ("done", "good"), "failed": ("failed", "bad"), "running": ("running", "")}
    text, kind = kinds.get(status, (status, ""))
    return c.badge(text, kind)
