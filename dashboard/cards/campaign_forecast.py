"""What a campaign may bring, what that hangs on, and whether its effect would be seen; in words."""

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.campaign_outcome import points
from dashboard.figures.campaign import ROW, swings_figure
from dashboard.theme import Theme
from segmentation.campaigns.assumptions import LABELS, SHARES
from segmentation.campaigns.forecast import DRAWS
from segmentation.campaigns.plan import FEW_RESPONSES, fixed_split


def forecast_card(theme: Theme, told: Any, assumed: Any, currency: str | None) -> html.Section:
    """The expected gain with its range, or what is still to type."""
    money = f" {currency}" if currency else ""
    if told.forecast is None:
        missing = f.listed([f.inside(LABELS[name]) for name in told.missing])
        return c.card("What it may bring", html.P(["Still to type: ", html.Strong(missing), "."]), caption=_formula())
    chances = told.forecast
    word = "Expected loss" if chances.expected < 0 else "Expected gain"
    verdict = [
        html.P([f"{word}: ", html.Strong(f"{f.change(chances.expected)}{money}")], className="k-verdict"),
        html.P(_range_words(chances)),
    ]
    exact = f.listed([f.inside(LABELS[name]) for name in told.exact])
    unsure = [html.P(f"Counted as exactly known: {exact}.", className="k-muted k-small")] if exact else []
    if not chances.swings:
        return c.card(_title(chances), *verdict, *unsure, caption=_formula())
    labels = [LABELS[each.name] for each in chances.swings]
    picture = c.graph(
        "campaign--swings", swings_figure(theme, chances.swings, [_wrapped(label) for label in labels], chances.likely),
        f"Gain at the low and high value of each assumption; the widest is {f.inside(labels[0])}",
        height=40 + ROW * len(labels) + 30,
    )  # fmt: skip
    rows = [
        [
            LABELS[each.name],
            _value(each.name, assumed.estimates[each.name].low),
            f.change(each.at_low),
            _value(each.name, assumed.estimates[each.name].high),
            f.change(each.at_high),
        ]
        for each in chances.swings
    ]
    first = chances.swings[0]
    hangs = (
        f"The range hangs most on {f.inside(LABELS[first.name])}: {f.change(first.at_low)} at "
        f"{_value(first.name, assumed.estimates[first.name].low)}, {f.change(first.at_high)} at "
        f"{_value(first.name, assumed.estimates[first.name].high)}, all else as likely. Find out about that first."
    )
    return c.card(
        _title(chances),
        *verdict,
        html.P(hangs),
        picture,
        *unsure,
        caption=f"{_formula()} Each bar: one assumption from its low (hollow) to its high value (filled), all others "
        "as likely; the dashed line is the gain with all as likely.",
        data=c.data_of(["Assumption", "Low", "Gain at low", "High", "Gain at high"], rows),
    )


def _title(chances: Any) -> str:
    if chances.pays in (0.0, 1.0):
        return "It pays whatever of this holds" if chances.pays else "It does not pay whatever of this holds"
    return f"It pays in {f.percent(chances.pays, 0)} of the outcomes"


def _range_words(chances: Any) -> str:
    if chances.low == chances.high:
        return "No uncertainty is stated, so there is no range."
    return (
        f"Nine in ten of {f.number(DRAWS)} outcomes drawn from your ranges lie between {f.change(chances.low)} and "
        f"{f.change(chances.high)}. With everything as likely it is {f.change(chances.likely)}."
    )


def _formula() -> str:
    return (
        "People treated × reach × ((response − response without the campaign) × value × margin − cost) − fixed costs."
    )


def _value(name: str, value: float) -> str:
    return f"{f.plain(value * 100)}%" if name in SHARES else f.plain(value)


def _wrapped(label: str) -> str:
    """A long label on two lines, for the narrow picture."""
    words, middle = label.split(" "), len(label) / 2
    if len(label) <= 16 or len(words) == 1:
        return label
    cut = min(range(1, len(words)), key=lambda at: abs(len(" ".join(words[:at])) - middle))
    return f"{' '.join(words[:cut])}<br>{' '.join(words[cut:])}"


def seen_card(told: Any, people: int) -> html.Section:
    """Whether the group is large enough for its effect to be told from chance."""
    caption = "Share who respond, treated against held out: 80% power at a level of 5%, two-sided (Fleiss 2003)."
    if told.seen is None:
        text = "Type reach, response and response without the campaign: then the people needed can be told."
        return c.card("Would the effect be seen?", html.P(text), caption=caption)
    seen = told.seen
    split = f"{f.number(told.treated)} are written to and {f.number(told.held)} held out, of {f.number(people)}."
    parts = [html.P(text) for text in (_lift_words(seen), split, _smallest_words(seen), _holdout_words(seen)) if text]
    if seen.held_responses < FEW_RESPONSES:
        few = f"Only about {f.number(seen.held_responses)}" if seen.held_responses >= 1 else "Fewer than one"
        rough = f"{few} of those held out would respond anyway: so few that these figures are rough."
        parts.append(html.P(rough, className="k-muted k-small"))
    return c.card(_seen_title(seen, people), *parts, caption=caption)


def _seen_title(seen: Any, people: int) -> str:
    if seen.needed is None:
        return "There would be no effect to see"
    if seen.enough:
        return f"The effect would be seen: {f.number(seen.needed)} people are needed, {f.number(people)} are there"
    return f"The effect would not be seen: {f.number(seen.needed)} people are needed, {f.number(people)} are there"


def _lift_words(seen: Any) -> str:
    if seen.needed is None:
        return "Those reached are assumed to respond no more than they would anyway."
    return (
        f"The campaign is assumed to raise the share who respond by {points(seen.lift)}, counted over everybody it is "
        "sent to, reached or not."
    )


def _smallest_words(seen: Any) -> str:
    if seen.smallest is None:
        return "So few people show no lift, however large."
    return f"The smallest lift that these people would show is {points(seen.smallest)}."


def _holdout_words(seen: Any) -> str:
    if seen.needed is None:
        return ""
    if seen.holdout is None:
        return "No holdout up to 50% makes the group large enough: choose a larger group, or do without proof."
    if seen.enough:
        return f"A holdout of {f.percent(seen.holdout, 0)} would do."
    return f"With a holdout of {f.percent(seen.holdout, 0)} these people are enough."


def caveats(told: Any) -> html.Section:
    """What the figures do not say."""
    lines = [
        "These are your assumptions, worked out; no forecast. Only the holdout will show what the campaign changed.",
        "Each assumption is drawn by itself. Where two go together, say a dearer message and more answers, the range "
        "is another one.",
        "80% power: of five campaigns with this effect one would still show nothing clear.",
        f"Holding out means not selling to {f.number(told.held)} people for a while. It is the price of knowing.",
    ]
    return c.card("What to keep in mind", html.Ul([html.Li(line) for line in lines], className="k-caveats"))


def refused(why: str) -> html.Section:
    """In place of the figures: what was typed cannot be."""
    return c.card("What it may bring", c.note("warn", "Not worked out", f"{f.sentence(why)}."))


def split(ground: Mapping[str, Any], holdout: float) -> tuple[int, float]:
    """People in the file and the share held out: as they are once fixed, else as asked for.

    >>> split({"customers": 90, "without_consent": 10}, 0.1), split({"treated": 30, "held": 10}, 0.1)
    ((80, 0.1), (40, 0.25))
    """
    if "held" in ground:
        return fixed_split(ground["treated"], ground["held"], holdout)
    return ground["customers"] - ground["without_consent"], holdout


def facts(told: Any, counted: Mapping[str, int]) -> html.Dl:
    """Who is in it."""
    left = f"{f.number(counted['without_consent'])} without consent left out" if counted["without_consent"] else ""
    return c.facts(
        c.Fact("In the group", f.number(counted["customers"]), left),
        c.Fact("Written to", f.number(told.treated), "treatment"),
        c.Fact("Left alone", f.number(told.held), "holdout"),
    )
