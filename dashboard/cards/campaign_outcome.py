"""What came of a campaign: the file that tells it, the lift with its interval, and what the file lacked; in words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.components.choice import choice
from dashboard.figures.campaign import shares_figure
from dashboard.theme import Theme
from segmentation.campaigns.outcome import LEFT_OUT, NO_RESPONSE

FEW_RESPONSES = 5
APART = 0.10  # missing on one side more than on the other: the sides may not be alike any more


def points(share: float) -> str:
    """A difference of two shares.

    >>> points(0.0164), points(-0.2), points(0.00004)
    ('1.6 points', '−20 points', 'under 0.01 points')
    """
    size = abs(share * 100)
    if 0 < size < 0.005:
        return "under 0.01 points"
    return f"{_signed(share, f.number)} points"


def _signed(share: float, write: Callable[[float, int], str]) -> str:
    size = abs(share * 100)
    return write(share * 100, 0 if size >= 9.95 or size == 0 else 1 if size >= 0.95 else 2)


def outcome_words(outcome: Mapping[str, Any]) -> str:
    """The result in a line.

    >>> outcome_words({"few": False, "lift": {"value": 0.02, "low": 0.004, "high": 0.037}})
    '+2.0 points (+0.40 to +3.7)'
    >>> outcome_words({"few": False, "lift": {"value": 0.02, "low": -0.004, "high": 0.037}})
    'nothing clear (−0.40 to +3.7 points)'
    >>> outcome_words({"few": True, "lift": None})
    'too few people to tell'
    """
    lift = outcome["lift"]
    if lift is None:
        return "too few people to tell"
    around = f"{_signed(lift['low'], f.change)} to {_signed(lift['high'], f.change)}"
    if _is_clear(lift):
        return f"{_signed(lift['value'], f.change)} points ({around})"
    return f"nothing clear ({around} points)"


def _is_clear(interval: Mapping[str, float]) -> bool:
    return interval["low"] > 0 or interval["high"] < 0


def results_card(id_of: Callable[[str], str]) -> html.Section:
    """Where the file with the results is given."""
    options = [("They are left out", LEFT_OUT), ("They did not respond", NO_RESPONSE)]
    text = "The customer's key and responded (yes and no, or 1 and 0); amount and contacted (yes and no) where known."
    return c.card(
        "What came back",
        html.P("People of the campaign who are not in the file:", className="k-small"),
        choice(id_of("missing"), "People of the campaign who are not in the file", options, LEFT_OUT),
        html.Div(c.drop_zone("campaign", text), className="k-gap"),
        html.Div(id=id_of("results-say"), className="k-gap", **{"aria-live": "polite"}),
        caption="A CSV or Excel file, matched with the people as they were fixed. Only counts are kept of it.",
    )


def measured(theme: Theme, view: Any) -> Any:
    """The results of a campaign as a card; nothing before they came."""
    told = view.outcome
    if told is None:
        return ""
    lines = html.Ul([html.Li(line) for line in _file_words(told)], className="k-caveats k-gap")
    where = (
        f"From {told['file']}, read on {f.day(datetime.fromisoformat(told['at']))}. Treated against held out, as fixed."
    )
    if told["few"]:
        return c.card("Too few people to tell: a side has fewer than ten", lines, footer=where)
    rows = [_side_row(name, told[side]) for name, side in (("Treatment", "treated"), ("Holdout", "held"))]
    columns = [c.Column("Side"), c.Column("People", True), c.Column("Responded", True), c.Column("Share", True),
               c.Column("95% range", True), c.Column("Amount per person", True)]  # fmt: skip
    sides = [told["treated"]["share"], told["held"]["share"]]
    seen = [f.percent(each["value"]) for each in sides]
    says = f"Share who responded: {seen[0]} of those treated, {seen[1]} of those held out"
    money = _money(told, view.currency)
    return c.card(
        _verdict(told["lift"]),
        html.P(_range(told["lift"], view)),
        *([html.P(money)] if money else []),
        c.graph("campaign--shares", shares_figure(theme, *sides), says, height=130),
        lines,
        caption="Dots: who responded. Lines: where the true share may lie (95%, Wilson; of the difference: Newcombe).",
        data=c.table(columns, rows, caption="Both sides"),
        footer=where,
    )


def _verdict(lift: Mapping[str, float]) -> str:
    if not _is_clear(lift):
        return "Nothing clear: it may have changed nothing"
    return f"The campaign {'raised' if lift['low'] > 0 else 'lowered'} the response by {points(abs(lift['value']))}"


def _range(lift: Mapping[str, float], view: Any) -> str:
    more = "more" if lift["value"] >= 0 else "fewer"
    text = (
        f"{points(abs(lift['value']))} {more} of those treated responded than of those held out. The range from "
        f"{_signed(lift['low'], f.change)} to {_signed(lift['high'], f.change)} points holds the true difference in 95 "
        "of 100 such campaigns."
    )
    seen = view.planned.get("seen")
    if not seen:
        return text
    lies = (
        "within" if lift["low"] <= seen["lift"] <= lift["high"] else "below" if seen["lift"] < lift["low"] else "above"
    )
    return f"{text} You assumed {points(seen['lift'])}, which lies {lies} it."


def _money(told: Mapping[str, Any], currency: str | None) -> str:
    gain = told["gain"]
    if gain is None:
        return ""
    money = f" {currency}" if currency else ""
    around = f"{f.change(gain['low'], 2)} to {f.change(gain['high'], 2)}"
    clear = "" if _is_clear(gain) else " That may be nothing."
    return (
        f"Amount per person treated: {f.change(gain['value'], 2)}{money} against those held out ({around}; Welch), "
        f"before costs.{clear}"
    )


def _side_row(name: str, side: Mapping[str, Any]) -> list[str]:
    share = side["share"]
    around = f"{f.percent(share['low'])} to {f.percent(share['high'])}"
    mean = f.number(side["mean"], 2) if side["mean"] is not None else f.MISSING
    return [name, f.number(side["people"]), f.number(side["responded"]), f.percent(share["value"]), around, mean]


def _file_words(told: Mapping[str, Any]) -> list[str]:
    """How the file was read, the worst first."""
    lines = [_contacted(told["held_contacted"])]
    sides = {who: told[side] for who, side in (("treated", "treated"), ("held out", "held"))}
    missing = {who: side["missing"] for who, side in sides.items()}
    if any(missing.values()):
        become = "counted as no response" if told["missing_as"] == NO_RESPONSE else "left out"
        text = f"{f.number(missing['treated'])} treated and {f.number(missing['held out'])} held out have no answer in "
        lines.append(f"{text}the file; they are {become}.")
    if told["missing_as"] == LEFT_OUT and _apart(sides):
        lines.append("More are missing on one side than on the other: the two may not be alike any more.")
    if not told["few"]:
        lines += [
            f"Only {f.number(side['responded'])} of those {who} responded: the ranges are rough."
            for who, side in sides.items()
            if side["responded"] < FEW_RESPONSES
        ]
    counts = (
        ("unmatched", "key of nobody in this campaign is left out", "keys of nobody in this campaign are left out"),
        ("repeated", "key stood in several rows: any yes counts, amounts are added",
         "keys stood in several rows: any yes counts, amounts are added"),
        ("without_key", "row without a key is left out", "rows without a key are left out"),
        ("without_amount", "who responded has no amount, which counts as 0",
         "who responded have no amount, which counts as 0"),
    )  # fmt: skip
    lines += [f"{f.counted(told[name], one, several)}." for name, one, several in counts if told[name]]
    return [
        *lines,
        f"{f.counted(told['rows'], 'row')} with {f.counted(told['matched'], 'person', 'people')} of the campaign.",
    ]


def _contacted(held: int | None) -> str:
    if held is None:
        return "The file does not say who was contacted, so whether those held out were left alone is not known."
    if not held:
        return "None of those held out was contacted."
    were = "person held out was" if held == 1 else "of those held out were"
    return f"{f.number(held)} {were} contacted all the same. They count as held out, which makes the lift look smaller."


def _apart(sides: Mapping[str, Mapping[str, Any]]) -> bool:
    shares = [side["missing"] / max(1, side["people"] + side["missing"]) for side in sides.values()]
    return abs(shares[0] - shares[1]) > APART
