"""One import and what became of it: counts that add up, problems, how it was read, and the way back."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.cards.check import facts, lines_card, sum_words
from dashboard.cards.columns import LINES
from dashboard.cards.problems import problems_card
from dashboard.cards.reading import how_words
from dashboard.datasets import address
from dashboard.formatting import counted, moment, number, sentence

COLUMNS = 60  # of the mapping


def head(batch: Any, dataset: Any) -> html.Div:
    """What became of the file."""
    brought = f"{batch.file}, {moment(batch.created_at)}" + (
        f", by {batch.by}" if batch.by not in ("", "dashboard") else ""
    )
    lede = f"{brought}, into {dataset.name}."
    if batch.status == "committed":
        said = repeats_words(batch)
        lede = f"{lede} {said}" if said else lede
    return c.page_head(title(batch), lede, trail=[("Data", address("/data", dataset.slug)), (batch.file, None)])


def title(batch: Any) -> str:
    """The finding: how much of the file is in the store."""
    if batch.status == "undone":
        return f"{batch.file} was undone"
    if batch.status == "running":
        return f"{batch.file} is being imported"
    if batch.status != "committed":
        return f"{batch.file} did not come in"
    word = "line" if batch.kind == "transactions" else "row"
    if not batch.rejected:
        return f"All {counted(batch.rows, word)} came in" if batch.rows != 1 else f"The one {word} came in"
    return f"{number(batch.rows - batch.rejected)} of {counted(batch.rows, word)} came in"


def repeats_words(batch: Any) -> str:
    """What became of rows that changed or said again what was stored; empty when there are none.

    >>> from types import SimpleNamespace as B
    >>> repeats_words(B(kind="customers", updated=5, unchanged=1, policy="update"))
    '5 rows changed a customer; one row said what was stored already.'
    >>> repeats_words(B(kind="customers", updated=0, unchanged=2, policy="skip"))
    '2 rows of a known key were left out.'
    >>> repeats_words(B(kind="customers", updated=0, unchanged=0, policy="update"))
    ''
    """
    if batch.kind == "transactions":
        return (
            f"{sentence(counted(batch.unchanged, 'line was', 'lines were'))} stored already." if batch.unchanged else ""
        )
    if batch.policy == "skip":
        return f"{counted(batch.unchanged, 'row')} of a known key were left out." if batch.unchanged > 1 else ""
    parts = [f"{counted(batch.updated, 'row')} changed a customer"] if batch.updated else []
    same = "one row" if batch.unchanged == 1 else counted(batch.unchanged, "row")
    parts += [f"{same} said what was stored already"] if batch.unchanged else []
    return sentence("; ".join(parts)) + "." if parts else ""


def body(batch: Any, dataset: Any, groups: Sequence[Any], rejects: bool, labels: Mapping[str, str]) -> list[Any]:
    """Everything below the heading but what acts."""
    if batch.status not in ("committed", "undone"):
        return [
            c.note("bad" if batch.status == "failed" else "", "Nothing was stored", batch.error or "It was cancelled.")
        ]
    lines = batch.kind == "transactions"
    counts = {name: getattr(batch, name) for name in ("rows", "created", "updated", "unchanged", "rejected")}
    special = [c.row(c.col(12, lines_card(counts, batch.facts)))] if lines else []
    gone = batch.facts.get("gone") if not lines else None
    note = (
        [c.note("", f"{sentence(counted(gone, 'customer'))} marked as gone", "The file did not name them.")]
        if gone
        else []
    )
    return [
        facts(counts, lines),
        html.P(sum_words(counts, lines), className="k-muted k-small k-sum"),
        *(html.Div(each, className="k-outcome") for each in note),
        *special,
        c.row(c.col(12, problems_card(groups, _rejects(batch, rejects)))),
        c.row(c.col(8, mapping_card(batch, labels)), c.col(4, how_card(batch))),
    ]


def _rejects(batch: Any, kept: bool) -> Any:
    """The rows that stayed out, to be put right and brought again."""
    if not batch.rejected:
        return None
    if not kept:
        return "The file of rejected rows has expired"
    words = f"Download {counted(batch.rejected, 'rejected row')} as CSV"
    href = f"/api/imports/{batch.batch}/rejects"
    return [html.A(words, href=href, download=f"rejected-{batch.batch}.csv"), "Put right, it can be imported again"]


def how_card(batch: Any) -> html.Section:
    """How the file was read, and what was decided."""
    told = how_words(batch.dialect) if batch.dialect else []
    if batch.kind == "customers":
        repeats = {"update": "A later row updates", "skip": "What came first stays", "reject": "Repeats are refused"}
        told += [("Repeats", repeats.get(batch.policy, batch.policy))]
        told += [("Empty cells", "Keep what is stored" if batch.blank == "keep" else "Erase what is stored")]
    told += [("Fingerprint", html.Code(batch.sha256[:12], title=batch.sha256))]
    return c.card(
        "How it was read",
        html.Dl([part for term, words in told for part in (html.Dt(term), html.Dd(words))], className="k-dl"),
    )


def mapping_card(batch: Any, labels: Mapping[str, str]) -> html.Section:
    """What each column became."""
    known = LINES | {"time": LINES["occurred_at"], "customer_key": "Customer key"}
    known = known if batch.kind == "transactions" else known | dict(labels)
    rows = [
        [header, known.get(name, name) if name else html.Span("left out", className="k-muted"), name or "–"]
        for header, name in list(batch.mapping.items())[:COLUMNS]
    ]
    left = sum(not name for name in batch.mapping.values())
    title = f"{sentence(counted(len(batch.mapping) - left, 'column'))} taken" + (
        f", {number(left)} left out" if left else ""
    )
    shown = f"The first {number(len(rows))} of {number(len(batch.mapping))}" if len(batch.mapping) > len(rows) else None
    columns = [c.Column("In the file"), c.Column("Became"), c.Column("Name in the store", hide_on_phone=True)]
    return c.card(
        title, html.Div(c.table(columns, rows, edge=True), className="k-mapping"), caption=shown, data_is_body=True
    )


def next_card(batch: Any, dataset: Any) -> Any:
    """What to do with the customers that came in; the page adds the button that scores."""
    if batch.status != "committed":
        return ""
    if dataset.champion is None:
        return html.Div(
            [
                c.link_button("Find segments", address("/models", dataset.slug), primary=True),
                c.link_button("Add another file", address("/data", dataset.slug)),
            ],
            className="k-actions",
        )
    return html.Div([c.link_button("Add another file", address("/data", dataset.slug))], className="k-actions")


def undo_says(batch: Any) -> tuple[str, bool]:
    """Whether this import can be undone, in words."""
    if batch.why_not is None:
        what = "the lines it added" if batch.kind == "transactions" else "the customers it added"
        return f"Undoing removes {what} and gives back the values it changed. Nothing else is touched.", True
    if batch.status == "undone":
        return "It was undone: what it added is gone, what it changed is as before.", False
    return f"It cannot be undone: {batch.why_not}.", False


def undo_question(batch: Any) -> str:
    """What undoing does, in figures."""
    word = "line" if batch.kind == "transactions" else "customer"
    parts = [f"{counted(batch.created, word)} {'goes' if batch.created == 1 else 'go'}"] if batch.created else []
    parts += (
        [f"{counted(batch.updated, 'change')} {'is' if batch.updated == 1 else 'are'} taken back"]
        if batch.updated
        else []
    )
    return f"{sentence(' and '.join(parts) or 'nothing changes')}. The file can be imported again."


def scored_note(job: Any) -> html.Div:
    """Everybody has a segment again."""
    counted_all = job.result.get("customers")
    said = f"{counted(counted_all, 'customer')} scored" if counted_all else "Every customer is scored"
    link = c.link_button("Open the overview", address("/", job.dataset), small=True)
    return c.note("good", said, "Segments and their profiles count the customers of this file now.", link)
