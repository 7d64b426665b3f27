"""What the overview is made of."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.cards.segments import segment_address, without_unassigned
from dashboard.cards.verdict import verdict_line
from dashboard.datasets import address
from dashboard.figures.thumbnail import thinned, thumbnail_figure
from dashboard.formatting import MISSING, algorithm, change, counted, day, in_words, number, percent, sentence
from dashboard.theme import Theme
from segmentation.trust import in_use_words, stands_out

ABOUT_TRUST = ("separation",)  # of the findings; whether they are real and come back is told apart
ACTIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "stale": ("Assign again", "/models", {}),
    "unscored": ("Assign again", "/models", {}),
    "border": ("List them", "/customers", {"confidence": "borderline"}),
    "inputs": ("Look at the files", "/data", {}),
    "small": ("Look closer", "/segments", {}),
    "overdue": ("See the plays", "/strategy", {}),
    "unowned": ("Plan for them", "/strategy", {}),
    "unnamed": ("Name them", "/segments", {}),
}
ICONS = {"ok": ("check", "k-good"), "info": ("info", ""), "warning": ("warn", "k-warn")}
PAGES = {"import": "/data", "train": "/models", "score": "/models"}


def next_step_button(overview: Any) -> Any:
    """The one primary button: where the finding leads."""
    step = overview.next_step
    target = segment_address(overview.slug, step.slug) if step.action == "segment" else address(
        PAGES[step.action], overview.slug if step.action != "import" or overview.customers else None
    )  # fmt: skip
    return c.link_button(step.label, target, primary=True)


def head(overview: Any) -> Any:
    """The finding of the whole."""
    actions = [next_step_button(overview)] if overview.model else []
    above = verdict_line(overview.trust) if overview.model else None
    return c.page_head(overview.title, overview.lede, actions, trail=[("Overview", None)], above=above)


def first_steps(overview: Any) -> Any:
    """A dataset without segments: what is there, what is missing, one button."""
    text = overview.description or "Training looks for groups of customers who are alike; nothing in your data changes."
    return c.row(c.col(6, c.card("Nothing to show yet", c.empty(text, next_step_button(overview)))))


def no_dataset() -> list[Any]:
    """An empty store."""
    action = c.link_button("Add a customer file", "/data", primary=True)
    text = "Kindred reads any CSV with one row per customer, finds who is alike, and shows it here."
    return [
        c.page_head("No customers yet", "Start with a file. You see how it is read before anything is stored.",
                    trail=[("Overview", None)]),
        c.row(c.col(6, c.card("Bring a customer file", c.empty(text, action)))),
    ]  # fmt: skip


def facts(overview: Any) -> html.Dl:
    """At most four figures, each compared with the run before where there is one."""
    run, before = overview.run, overview.previous
    note = f"in {counted_segments(len(without_unassigned(overview.segments)))}"
    if before:
        more = run.customers - before.customers
        when = f"the run of {day(before.created_at)}"
        note = f"{change(more)} since {when}" if more else f"as many as at {when}"
    items = [c.Fact("Customers", number(run.customers), note)]
    if run.value is not None:
        money = overview.currency or "in the file’s currency"
        more = run.value - before.value if before and before.value is not None else 0
        more = f"{change(more)}, {money}" if number(more) != "0" else money
        items.append(c.Fact(c.term("spending"), number(run.value), more))
        each = run.value_per_customer
        was = before.value_per_customer if before else None
        moved = was is not None and number(each - was) != "0"
        note = f"{change(each - was)} against the run before" if moved else "average of everyone"
        items.append(c.Fact(c.term("per_customer", "Spending per customer"), number(each), note))
    words = counted(run.borderline, "customer")
    if before and percent(before.borderline_share) != percent(run.borderline_share):
        words += f", {percent(before.borderline_share)} before"
    items.append(c.Fact(c.term("border"), percent(run.borderline_share), words))
    return c.facts(*items)


def segments_card(overview: Any) -> html.Section:
    """Share of customers beside share of spending, per segment."""
    valued = overview.run.value is not None
    model = overview.model
    number_of = counted_segments(len(without_unassigned(overview.segments)))
    how = f"{algorithm(model.algorithm)}, {number_of}, recipe “{model.recipe_label}”"
    footer = [
        html.Span(f"Model {model.version} of {day(model.created_at)} · {how}"),
        html.Span(className="k-spacer"),
        html.A("Compare all attributes", href=address("/segments/compare", overview.slug)),
    ]
    caption = (
        "Grey: share of customers. Colour: share of spending. The longer the coloured bar against the grey one, "
        "the more each customer is worth."
        if valued
        else "Share of customers in each segment. No attribute of this dataset says what a customer spends."
    )
    return c.card(
        _where(without_unassigned(overview.segments), valued),
        segment_table(overview.slug, overview.segments, valued),
        caption=caption,
        data_is_body=True,
        footer=footer,
    )


def _where(segments: Sequence[Any], valued: bool) -> str:
    """The title: which segments hold the spending and which the customers."""
    rich = [segment for segment in segments if valued and (segment.value_share or 0) > segment.share]
    others = 1 - sum(segment.share for segment in rich)
    if rich and others >= 0.5:
        rest = len(segments) - len(rich)
        who = "the other one" if rest == 1 else f"the other {in_words(rest)}"
        return f"Spending sits with {counted_segments(len(rich))}, customers with {who}"
    if rich:
        return (
            f"{sentence(counted_segments(len(rich)))} bring{'s' * (len(rich) == 1)} more than an even share of spending"
        )
    largest = max(segments, key=lambda segment: segment.share)
    return f"{largest.name} are the largest segment, {percent(largest.share, 0)} of customers"


def counted_segments(n: int) -> str:
    """``two segments``."""
    return f"{in_words(n)} segment{'s' * (n != 1)}"


def segment_table(slug: str, segments: Sequence[Any], valued: bool) -> html.Div:
    """One row per segment in display order; on a phone the name with two bars below."""
    largest = max(max(s.share, s.value_share or 0) for s in segments)
    columns = [c.Column("Segment"), c.Column("Share of customers", small="customers")]
    columns += [
        c.Column(c.term("spending", "Share of spending"), small="spending"),
        c.Column(c.term("per_customer"), True, hide_on_phone=True),
    ] * valued
    columns += [c.Column("Customers", True, hide_on_phone=True)]
    rows = []
    for each in segments:
        cells: list[Any] = [
            c.segment_chip(each.name, each.colour, segment_address(slug, each.slug)),
            c.share_bar(each.share, largest, None if valued else each.colour),
        ]
        if valued:
            share = each.value_share
            cells += [
                c.share_bar(share, largest, each.colour) if share is not None else MISSING,
                number(each.value_per_customer),
            ]
        rows.append([*cells, number(each.customers)])
    return c.table(columns, rows, hover=True, stacked=True, caption="Segments, highest spending per customer first")


def trust_card(overview: Any) -> html.Section:
    """How far these segments carry, in words; what was not checked is said."""
    told = [*overview.trust, *(finding for finding in overview.findings if finding.about in ABOUT_TRUST)]
    model = overview.model
    in_use = in_use_words(model.reality, model.k, model.metrics)
    items = [
        _item(finding.level, finding.title, f"{finding.text} {in_use if finding.about == 'real' else ''}".rstrip())
        for finding in told
    ]
    checked = [finding for finding in overview.trust if finding.about in ("real", "stable")]
    sound = all(finding.level == "ok" for finding in checked) and stands_out(model.reality, model.k, model.metrics)
    title = "You can build on these segments" if sound else "Read these segments with care"
    link = html.A("How this was checked", href=address("/models", overview.slug))
    return c.card(title, html.Ul(items, className="k-list"), footer=link)


def attention_card(overview: Any, asked: Any = None) -> html.Section:
    """What deserves a look, the most urgent first; then what was looked at and is in order.

    `asked` is the story of the version in use when it waits for an answer.
    """
    found = [finding for finding in overview.findings if finding.about not in ABOUT_TRUST]
    items = [_question(overview.slug, asked, each) for each in (asked.questions if asked else [])]
    items += [_unusual(overview)] if any(overview.run.unusual.values()) else []
    wanting = len(found) + len(items)
    for finding in found:
        label, path, asked_for = ACTIONS.get(finding.about, ("Look closer", "/segments", {}))
        to = address(path, overview.slug, **asked_for)
        button = c.link_button(label, to, small=True, says=f"{label}: {finding.title}")
        items.append(_item(finding.level, finding.title, finding.text, button))
    items += [_item("ok", title, text) for title, text in _in_order(overview, {finding.about for finding in found})]
    noun = "thing needs" if wanting == 1 else "things need"
    title = f"{sentence(in_words(wanting))} {noun} attention" if wanting else "Nothing needs attention"
    return c.card(title, html.Ul(items, className="k-list"))


def _question(slug: str, asked: Any, each: Any) -> html.Li:
    """A segment that may be one the analyst knew: its version's page takes the answer."""
    to = address(f"/models/{asked.version}", slug)
    return _item(
        "warning", each.title, each.text, c.link_button("Answer", to, small=True, says=f"Answer: {each.title}")
    )


def _unusual(overview: Any) -> html.Li:
    """Customers far from every segment: the page of the segment with most of them lists them."""
    counts = [overview.run.unusual.get(str(each.id), 0) for each in overview.segments]
    total, most = sum(overview.run.unusual.values()), max(counts)
    where = overview.segments[counts.index(most)]
    title = f"{counted(total, 'customer')} {'is' if total == 1 else 'are'} far from every segment"
    share = "All of them are" if most == total else f"{number(most)} of them {'is' if most == 1 else 'are'}"
    text = f"{'It is one' if total == 1 else share} in {where.name}. Look whether the figures are right."
    to = segment_address(overview.slug, where.slug)
    button = c.link_button("Look closer", to, small=True, says=f"Look closer: {title}")
    return _item("info", title, text, button)


def _in_order(overview: Any, wanting: set[str]) -> list[tuple[str, str]]:
    found = []
    if "stale" not in wanting:
        run = overview.run
        text = f"{number(run.customers)} of {number(overview.customers)} customers, as of {day(run.as_of)}."
        found.append(("Everyone was assigned" if "unassigned" in wanting else "Everyone has a segment", text))
    if "small" not in wanting:
        smallest = min(without_unassigned(overview.segments), key=lambda segment: segment.customers)
        size = f"{counted(smallest.customers, 'customer')}, {percent(smallest.share, 0)} of all"
        text = f"The smallest, {smallest.name}, has {size}."
        found.append(("No segment is too small to address", text))
    if "border" not in wanting:
        found.append(("Nobody sits on a border", "Every customer is clearly closer to one segment than to any other."))
    return found


def _item(level: str, title: str, text: str, action: Any = None) -> html.Li:
    name, colour = ICONS[level]
    parts = [html.Span(c.icon(name), className=colour), html.Div([html.H3(title), html.P(text)])]
    return html.Li([*parts, action] if action is not None else parts)


def map_card(theme: Theme, overview: Any, view: Any) -> html.Section:
    """A small map; its page says more."""
    points = thinned(view.points)
    kept = sum(component["explained"] for component in view.components[:2])
    sizes = points["segment_slug"].value_counts()
    data = c.data_of(["Segment", "Dots"], [[s.name, number(int(sizes.get(s.slug, 0)))] for s in overview.segments])
    figure = thumbnail_figure(theme, points, overview.segments, view.components)
    says = f"Small map of {counted(len(points), 'customer')}, coloured by segment"
    return c.card(
        growth(view.components),
        c.graph("overview--map", figure, says, height=270),
        caption=f"Each dot is a customer, {number(len(points))} of {number(view.customers)} shown. "
        f"The two directions keep {percent(kept, 0)} of the differences.",
        data=data,
        footer=html.A("Open the map", href=address("/map", overview.slug)),
    )


def growth(components: Sequence[dict[str, Any]]) -> str:
    """Where on the map customers are what.

    >>> across = {"more": "higher income", "less": "lower income", "weight": 0.8}
    >>> up = {"more": "older", "less": "younger", "weight": -0.5}
    >>> growth([{"loadings": [across]}, {"loadings": [up]}])
    'Higher income to the right, younger upwards'
    """
    parts = []
    for component, place in zip(components, ("to the right", "upwards"), strict=False):
        first = component["loadings"][0]
        parts.append(f"{first['more'] if first['weight'] >= 0 else first['less']} {place}")
    return sentence(", ".join(parts))
