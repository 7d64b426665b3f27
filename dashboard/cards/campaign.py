"""The form of a campaign: whom it is for, what is assumed and how sure that is, and the file with its people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.campaign_outcome import outcome_words
from dashboard.cards.strategy import play_address
from dashboard.components.choice import field
from dashboard.datasets import address
from segmentation.campaigns.assumptions import ASSUMPTIONS, HOLDOUT, LABELS, POINTS, SHARES
from segmentation.holdout import SEED

NEW = "new"
POINT_LABELS = {"low": "Low", "likely": "Likely", "high": "High"}
HINTS = {
    "reach": "Of those in the file who are not held out, how many see it.",
    "response": "Of those reached, how many act while the campaign runs.",
    "baseline": "Of the same people, how many would act anyway. The holdout will tell.",
    "value": "What one response brings, before costs of goods.",
    "margin": "What is left of it after costs of goods.",
    "cost": "Of reaching one person: postage, discount given to everyone reached.",
    "fixed": "Design, set-up; 0 if there are none.",
}


def campaign_address(dataset: str, campaign: int | str, **query: str) -> str:
    """The page of a campaign.

    >>> campaign_address("mall", 3), campaign_address("mall", NEW, segment="at-risk")
    ('/campaigns/3?dataset=mall', '/campaigns/new?dataset=mall&segment=at-risk')
    """
    return address(f"/campaigns/{campaign}", dataset, **query)


def form_card(id_of: Callable[[str], str]) -> html.Section:
    """The fields, empty; `id_of` gives the ids of the page."""
    top = [
        field("Name", dbc.Input(id=id_of("name"), type="text", autocomplete="off", maxLength=60), id=id_of("name")),
        field("For", dbc.Select(id=id_of("group"), options=[]), html.Span(id=id_of("group-hint")), id=id_of("group")),
        field(
            "Held out, %", dbc.Input(id=id_of("holdout"), type="number", min=1, max=50, step="any"),
            "Left alone at random, so that the effect can be seen.", id=id_of("holdout"),
        ),
        field(
            "Seed", dbc.Input(id=id_of("seed"), type="number", min=0, step=1),
            "Decides who is held out; another number, other people.", id=id_of("seed"),
        ),
    ]  # fmt: skip
    return c.card(
        "What is planned",
        html.Div(top, className="k-play-form"),
        html.Div([_assumption(id_of, name) for name in ASSUMPTIONS], className="k-assumed"),
        html.Div(c.button("Save the plan", id_of("save"), primary=True), className="k-actions"),
        caption="For each figure the lowest that is plausible, the likeliest and the highest. Where you leave low and "
        "high empty, the likely value counts as exactly known.",
    )


def _assumption(id_of: Callable[[str], str], name: str) -> html.Fieldset:
    inputs = [
        html.Div(
            [
                html.Label(POINT_LABELS[point], htmlFor=id_of(f"{name}-{point}")),
                dbc.Input(id=id_of(f"{name}-{point}"), type="number", min=0, step="any", autocomplete="off"),
            ]
        )
        for point in POINTS
    ]
    unit = ", %" if name in SHARES else ""
    return html.Fieldset(
        [
            html.Legend(f"{LABELS[name]}{unit}", className="form-label"),
            html.Div(inputs, className="k-points"),
            html.Div(HINTS[name], className="form-text", id=id_of(f"{name}-hint")),
        ]
    )


def as_assumptions(typed: Sequence[Any]) -> dict[str, dict[str, float | None]]:
    """What the form holds, low, likely and high of each assumption in their order, with percent as shares.

    >>> as_assumptions([60, 80, None, *[None] * 18])["reach"]
    {'low': 0.6, 'likely': 0.8, 'high': None}
    """
    cells = iter(typed)
    return {name: {point: _share(name, next(cells)) for point in POINTS} for name in ASSUMPTIONS}


def _share(name: str, typed: Any) -> Any:
    if typed in (None, ""):
        return None
    return round(typed / 100, 10) if name in SHARES else typed


def as_typed(assumptions: Mapping[str, Mapping[str, float]]) -> list[Any]:
    """Kept assumptions as the form shows them: shares as percent, a bound that equals the likely value empty.

    >>> as_typed({"reach": {"low": 0.8, "likely": 0.8, "high": 0.9}})[:3]
    [None, 80, 90]
    """
    return [_typed(name, point, assumptions.get(name)) for name in ASSUMPTIONS for point in POINTS]


def _typed(name: str, point: str, kept: Mapping[str, float] | None) -> float | int | None:
    if kept is None or (point != "likely" and kept[point] == kept["likely"]):
        return None
    value = round(kept[point] * 100, 8) if name in SHARES else kept[point]
    return int(value) if value == int(value) else value


def first_values(name: str, group: str, play: Mapping[str, Any] | None, has_consent: bool) -> list[Any]:
    """The form of a new campaign: what the calculator of the segment's play holds, and nothing else.

    The reach of a play counts who may be written to; where a column of consent leaves the others out of the file
    already, it is not taken over.
    """
    known = {key: play.get(key) for key in ASSUMPTIONS} if play else {}
    if has_consent:
        known.pop("reach", None)
    kept = {key: dict.fromkeys(POINTS, value) for key, value in known.items() if value is not None}
    return [name, group, HOLDOUT * 100, SEED, *as_typed(kept)]


def kept_values(view: Any) -> list[Any]:
    """The form of a campaign as it is kept."""
    return [view.name, view.group, _typed_percent(view.holdout), view.seed, *as_typed(view.assumptions)]


def _typed_percent(share: float) -> float | int:
    value = round(share * 100, 8)
    return int(value) if value == int(value) else value


def counted_words(counted: Mapping[str, int], drawn: bool, why_not: str | None = None) -> str:
    """Below the group: how many may be written to, and why the play of a segment may not run.

    >>> counted_words({"customers": 90, "without_consent": 72}, False)
    '18 people may be written to; 72 without consent are left out.'
    >>> counted_words({"customers": 90, "without_consent": 0}, False, "the segment is not stable")
    '90 people may be written to. A play for them may not run yet: the segment is not stable.'
    """
    text = f"{f.counted(counted['customers'] - counted['without_consent'], 'person', 'people')} may be written to"
    if counted["without_consent"]:
        text += f"; {f.number(counted['without_consent'])} without consent are left out"
    text = f"{text}. {'They are fixed since the first file was made.' if drawn else ''}".rstrip()
    return f"{text} A play for them may not run yet: {why_not}." if why_not else text


def head(dataset: str, view: Any) -> Any:
    """Name and state, or that nothing is kept yet; the way to the play."""
    trail = [("Strategy", address("/strategy", dataset)), ("Campaigns", address("/campaigns", dataset))]
    if view is None:
        lede = "What it may bring, and whether its effect could be seen. Nothing is kept until you save."
        return c.page_head("Plan a campaign", lede, trail=[*trail, ("New", None)])
    actions = [c.link_button("The play", play_address(dataset, view.segment), icon_name="flag")] if view.segment else []
    saved = f"Saved {f.day(view.updated_at)} {f.made_by(view.updated_by)}".rstrip()
    return c.page_head(view.name, f"For {f.inside(view.group_name)}. {state(view)}. {saved}.", actions,
                       trail=[*trail, (view.name, None)])  # fmt: skip


def state(view: Any) -> str:
    """Where a campaign stands, in words."""
    if view.outcome is not None:
        return f"Measured: {outcome_words(view.outcome)}"
    if view.drawn_at is not None:
        return f"People fixed on {f.day(view.drawn_at)}"
    return "Planned"


def file_card(id_of: Callable[[str], str]) -> html.Section:
    """The button for the file, and what it does."""
    return c.card(
        "The file for the campaign",
        html.P(id=id_of("file-says")),
        html.Div(c.button("Make the file", id_of("file"), icon_name="down"), className="k-actions k-gap"),
        html.P(id=id_of("file-done"), role="status", className="k-small k-gap"),
        caption="Its column holdout_group says “treatment” or “holdout”. Write only to the treatment.",
    )


def file_words(view: Any) -> str:
    """What making the file does now, or did."""
    if view is None:
        return ""
    if view.drawn_at is None:
        return (
            "The first file fixes who is in the campaign and who is held out: later files, and the results, are about "
            "these people, whatever becomes of the group. Group, holdout and seed then stay as they are."
        )
    return (
        f"{f.counted(view.treated, 'person', 'people')} to write to and {f.number(view.held)} held out, fixed on "
        f"{f.day(view.drawn_at)}. Who was erased or took the consent back since is left out of a new file."
    )


def delete_box(id_of: Callable[[str], str]) -> html.Details:
    """Deleting asks by being folded away."""
    text = "The plan goes, with who was in it and what came of it. Files that were made stay where they are."
    inside = [html.Summary("Delete this campaign"), html.P(text, className="k-muted k-small"),
              html.Div(c.button("Delete it", id_of("delete")), className="k-actions k-gap")]  # fmt: skip
    return html.Details(inside, className="k-fold", id=id_of("delete-box"), hidden=True)
