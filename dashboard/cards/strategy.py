"""The board: what is done for every segment, by status."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.segments import nothing
from dashboard.datasets import address

ORDER = ("running", "planned", "draft", "ended")
SAYS = {
    "running": ("runs", "run"), "planned": ("is planned", "are planned"), "draft": ("is a draft", "are drafts"),
    "ended": ("has ended", "have ended"),
}  # fmt: skip
RISKS = {"low": "good", "medium": "", "high": "warn"}


def play_address(dataset: str, segment: str) -> str:
    """The form of the play of a segment.

    >>> play_address("mall", "high-scorers")
    '/strategy/high-scorers?dataset=mall'
    """
    return address(f"/strategy/{segment}", dataset)


def board_page(dataset: str | None, board: Any, today: date) -> list[Any]:
    """Head, facts, a card per status that has plays, and the segments without one."""
    if dataset is None or not (board.entries or board.archived):
        return [*nothing(dataset)]
    cards = [_status_card(dataset, status, board, today) for status in ORDER]
    cards.insert(3, _without_card(dataset, board.entries))
    cards.append(_archive_card(dataset, board.archived))
    rows = [c.row(c.col(12, card)) for card in cards if card is not None]
    return [_head(dataset, board.entries), _facts(board), *rows]


def of_status(entries: Sequence[Any], status: str) -> list[Any]:
    """The entries whose play has this status."""
    return [each for each in entries if each.play and each.play["status"] == status]


def board_title(entries: Sequence[Any]) -> str:
    """The finding: what runs, and who has nothing.

    >>> from types import SimpleNamespace as Entry
    >>> entries = [Entry(play={"status": "running"}), Entry(play=None), Entry(play=None)]
    >>> board_title(entries), board_title(entries[1:]), board_title(entries[:1])
    ('One play runs, two segments have none', 'No segment has a play yet', 'One play runs')
    """
    count, runs = sum(each.play is None for each in entries), len(of_status(entries, "running"))
    if count == len(entries):
        return "No segment has a play yet"
    title = f"{f.sentence(f.in_words(runs))} {'play runs' if runs == 1 else 'plays run'}"
    if not count:
        return title if runs else "Every segment has a play, none runs"
    return f"{title}, {f.in_words(count)} segment{'' if count == 1 else 's'} ha{'s' if count == 1 else 've'} none"


def _head(dataset: str, entries: Sequence[Any]) -> Any:
    first = next((each for each in entries if each.play is None), None)
    action = [c.link_button("Campaigns", address("/campaigns", dataset))]
    if first is not None:
        action += [c.link_button("Propose the next play", play_address(dataset, first.slug), primary=True)]
    lede = (
        "A play says what is done for a segment, by whom and until when. It stays with its customers when the model is "
        "trained again."
    )
    return c.page_head(board_title(entries), lede, action, trail=[("Strategy", None)])


def _facts(board: Any) -> html.Dl:
    def covered(found: Sequence[Any]) -> str:
        return f"{f.percent(sum(each.share for each in found), 0)} of customers" if found else "nobody"

    groups = {"Running": of_status(board.entries, "running"), "Planned": of_status(board.entries, "planned")}
    groups["No play yet"] = [each for each in board.entries if each.play is None]
    facts = [c.Fact(name, f.number(len(found)), covered(found)) for name, found in groups.items()]
    told = [each.play["budget"] for each in [*groups["Running"], *groups["Planned"]] if each.play["budget"] is not None]
    budget = f.number(sum(told)) if told else "none"
    currency = f", {board.currency}" if board.currency and told else ""
    facts.append(c.Fact("Budget", budget, f"running and planned{currency}"))
    return c.facts(*facts)


def _status_card(dataset: str, status: str, board: Any, today: date) -> html.Section | None:
    found = of_status(board.entries, status)
    if not found:
        return None
    one, several = SAYS[status]
    title = f"{f.sentence(f.in_words(len(found)))} play{' ' + one if len(found) == 1 else 's ' + several}"
    columns = [
        c.Column("Segment"), c.Column("Objective", wide=True), c.Column("Owner", small="owner"),
        c.Column("Due", small="due"), c.Column(c.term("risk"), small="risk"), c.Column(c.term("gate"), small="gate"),
    ]  # fmt: skip
    rows = [
        [
            c.segment_chip(each.name, each.colour, play_address(dataset, each.slug)),
            each.play["objective"],
            each.play["owner"] or html.Span("nobody yet", className="k-muted"),
            due_words(each.play, today),
            _risk(each.play["risk"]),
            gate_badge(each.why_not),
        ]
        for each in found
    ]
    table = c.table(columns, rows, hover=True, stacked=True, caption=f"Plays: {status}")
    return c.card(title, html.Div(table, className="k-plays"), data_is_body=True)


def due_words(play: Any, today: date) -> Any:
    """The day, with a warning where it has passed and the play has not ended."""
    if not play["due"]:
        return html.Span("no date", className="k-muted")
    due = date.fromisoformat(play["due"])
    late = due < today and play["status"] != "ended"
    return html.Span([f.day(due), " ", c.badge("overdue", "warn")], className="k-badges") if late else f.day(due)


def _risk(risk: str | None) -> Any:
    return c.badge(risk, RISKS[risk]) if risk else html.Span("not judged", className="k-muted")


def gate_badge(why_not: str | None) -> Any:
    """Whether the play may run."""
    return c.badge("may run", "good", "check") if why_not is None else c.badge("not ready", "warn", "warn")


def _without_card(dataset: str, entries: Sequence[Any]) -> html.Section | None:
    found = [each for each in entries if each.play is None]
    if not found:
        return None
    title = f"{f.sentence(f.in_words(len(found)))} segment{'s have' if len(found) > 1 else ' has'} no play yet"
    columns = [
        c.Column("Segment"), c.Column("What the profile suggests", wide=True),
        c.Column("Share of customers", True, small="customers"), c.Column(c.term("gate"), small="gate"), c.Column(""),
    ]  # fmt: skip
    rows = [
        [
            c.segment_chip(each.name, each.colour, play_address(dataset, each.slug)),
            each.proposal.values["objective"]
            if each.proposal
            else html.Span("too few people to propose", className="k-muted"),
            f.percent(each.share),
            gate_badge(each.why_not),
            c.link_button(
                "See the proposal" if each.proposal else "Write one", play_address(dataset, each.slug), small=True,
                says=f"{'See the proposal' if each.proposal else 'Write a play'} for {each.name}",
            ),
        ]
        for each in found
    ]  # fmt: skip
    table = c.table(columns, rows, hover=True, stacked=True, caption="Segments without a play")
    return c.card(
        title,
        html.Div(table, className="k-plays"),
        caption="Proposals come from the profile by rules in a fixed order. Nothing is kept until you save one.",
    )


def _archive_card(dataset: str, archived: Sequence[Any]) -> html.Section | None:
    if not archived:
        return None
    columns = [
        c.Column("Segment"), c.Column("Objective", wide=True), c.Column("Status", small="status"),
        c.Column("What became of the segment", wide=True),
    ]  # fmt: skip
    rows = [
        [
            c.segment_chip(each.name, each.colour, play_address(dataset, each.slug)),
            each.play["objective"],
            each.play["status"],
            fate.text if fate else "It is not in the version in use.",
        ]
        for each, fate in archived
    ]
    one = len(archived) == 1
    table = c.table(columns, rows, hover=True, stacked=True, caption="Archived plays")
    return c.card(
        f"{f.sentence(f.in_words(len(archived)))} play{'' if one else 's'} of segments that are gone",
        html.Div(table, className="k-plays"),
        caption="The version in use does not have these segments. A play comes back with its segment.",
    )
