"""How far a segment carries: is it real, does it come back, does it pass the five tests, may a play start?"""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.checks import NEEDED
from dashboard.cards.segments import segment_address
from dashboard.cards.strategy import play_address
from dashboard.datasets import address


def gate_note(dataset: str, detail: Any) -> html.Div | None:
    """Above the content: why no play for this segment is ready, and the way out; None when one may start."""
    standing = detail.standing
    if standing is None or standing.why_not is None:
        return None
    unchecked = detail.model.reality is None or detail.summary.stability is None
    if unchecked:
        way = "Train again with the checks to know."
    elif standing.unreal and detail.model.reality["verdict"] == "groups":
        way = "Another number of segments separates better; until then read these as a useful way to divide."
    elif standing.unreal:
        way = "Read it as a useful way to divide, or compare customers by other attributes."
    else:
        way = "Fewer segments are larger and often come back better."
    action = c.link_button("Train again", address("/models", dataset), small=True)
    text = f"{f.sentence(standing.why_not)}. {way}"
    note = c.note("" if unchecked else "warn", "No play for this segment is ready", text, action)
    return html.Div(note, className="k-above")


def standing_card(dataset: str, detail: Any) -> html.Section:
    """The verdict first: real, stable, who sits on a border, and which segment is most like it."""
    s, neighbour, standing = detail.summary, detail.neighbour, detail.standing
    share = s.borderline / s.customers if s.customers else 0
    items: list[tuple[Any, Any]] = [
        (c.term("reality"), f"{f.sentence(detail.reality)}. {detail.in_use}".removesuffix(". ")),
        (c.term("stability"), f.sentence(stability_words(s))),
        ("Size", f"{f.counted(s.customers, 'customer')}, {f.percent(s.share)} of all"),
        (c.term("border"), f"{f.counted(s.borderline, 'member')}, {f.percent(share)}"),
    ]
    if neighbour:
        items.append(
            ("Nearest", c.segment_chip(neighbour.name, neighbour.colour, segment_address(dataset, neighbour.slug)))
        )
    if standing:
        play = standing.play
        says = f"{play.objective} ({play.status})" if play else "None yet: see what the profile suggests"
        items.append(("Play", html.A(says, href=play_address(dataset, s.slug))))
    parts = [part for name, text in items for part in (html.Dt(name), html.Dd(text))]
    ready = standing is not None and standing.why_not is None
    badge = c.badge("ready for a play", "good", "check") if ready else c.badge("not ready", "warn", "warn")
    return c.card(
        _verdict(detail),
        html.Dl(parts, className="k-dl"),
        caption="How far this segment carries",
        footer=html.Span([badge, " ", f"{settled_words(share)}."], className="k-badges"),
    )


def _verdict(detail: Any) -> str:
    """The title: the least that can be said for it."""
    stability, standing = detail.summary.stability, detail.standing
    if detail.model.reality is None or stability is None:
        return "Whether it is real was not checked"
    unreal = standing is None or standing.unreal is not None
    stable = stability >= NEEDED
    if unreal:
        return "A useful way to divide" + ("" if stable else " that is not stable")
    if not stable:
        return "Real groups, but this one does not come back"
    return "Real and stable" if standing.why_not is None else "Real and stable, but too small to act on"


def settled_words(share: float) -> str:
    """How many members are sure, as far as it was counted.

    >>> settled_words(0.02), settled_words(0.0), settled_words(0.6)
    ('98% of the members are not on a border', 'Nobody is on a border', 'Most members sit on a border')
    """
    if share >= 0.5:
        return "Most members sit on a border"
    return f"{f.percent(1 - share, 0)} of the members are not on a border" if share else "Nobody is on a border"


def stability_words(summary: Any) -> str:
    """How much of the segment comes back when refitted, with its word."""
    if summary.stability is None:
        return "not checked"
    return f"{f.statistic(summary.stability)}, {summary.stability_word}"


def tests_card(detail: Any) -> html.Section:
    """The five tests before money is spent, each with its number, what was needed, and a word."""
    found = detail.standing.criteria
    passed = sum(each.met is True for each in found)
    title = f"{f.sentence(f.in_words(passed))} of five tests passed" if passed < len(found) else "All five tests passed"
    return c.card(
        title,
        html.Ul([_test(each) for each in found], className="k-list k-tests"),
        caption="What a segment must be before money is spent on it",
    )


def _test(test: Any) -> html.Li:
    good = test.met is True
    mark = html.Span(c.icon("check" if good else "warn"), className="k-good" if good else "k-warn")
    kind = "good" if good else "warn" if test.met is False else ""
    needed = html.Span(needed_words(test), className="k-small k-muted")
    told = html.Div([html.H3(c.term(test.name)), html.P(test.text), needed])
    return html.Li([mark, told, html.Span(c.badge(test.word, kind), className="k-test-word")])


def needed_words(test: Any) -> str:
    """What a test asks for; the number it found stands in its sentence.

    >>> from types import SimpleNamespace
    >>> needed_words(SimpleNamespace(name="measurable", needed=0.1))
    'Needed: at most 10% missing'
    """
    share = f.percent(test.needed, 0)
    wanted = {
        "measurable": f"at most {share} missing",
        "substantial": f"30 people, and {share} of customers or of spending",
        "accessible": f"at least {share} of the members",
        "differentiable": f"at least {f.statistic(test.needed)} sd, and stability {f.statistic(NEEDED)}",
        "actionable": "a play that somebody owns",
    }
    return f"Needed: {wanted[test.name]}"
