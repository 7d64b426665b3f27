"""One campaign: planned, worked out while one types, and its file."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import campaign as cards
from dashboard.cards import campaign_forecast as results
from dashboard.cards import campaign_outcome as outcomes
from dashboard.datasets import address, shown
from dashboard.formatting import sentence
from dashboard.ids import page_id
from dashboard.pages.segment import ME
from dashboard.theme import chosen
from segmentation.campaigns.assumptions import ASSUMPTIONS, POINTS, assumed, checked_holdout, checked_seed
from segmentation.campaigns.plan import planned
from segmentation.errors import ConflictError, KindredError, NotFoundError

PATH, PATH_TEMPLATE, TITLE = "/campaigns/none", "/campaigns/<campaign>", "Campaign"
TYPED = tuple(f"{name}-{point}" for name in ASSUMPTIONS for point in POINTS)
FIELDS = ("name", "group", "holdout", "seed", *TYPED)
SEGMENT = "segment:"
_id = partial(page_id, "campaign")


def layout(
    campaign: str = "", dataset: str | None = None, segment: str | None = None, filter: str | None = None, **_query: str
) -> html.Div:
    """The form, empty; the callback brings what is kept or assumed, and the rest follows what is typed."""
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    group = f"{SEGMENT}{segment}" if segment else f"filter:{filter}" if filter else None
    form = [cards.form_card(_id), html.Div(id=_id("outcome"), **{"aria-live": "polite"}), cards.delete_box(_id)]
    worked_out = html.Div(c.skeleton(), id=_id("worked-out"), **{"aria-live": "polite"}, className="k-stack")
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "campaign": campaign, "group": group}),
            dcc.Store(id=_id("changed")),
            dcc.Store(id=_id("made")),
            dcc.Store(id=_id("kept"), data={}),  # the revision the form was filled with, and what its people are
            dcc.Store(id=_id("ground")),
            dcc.Location(id=_id("go"), refresh="callback-nav"),
            html.Div(waiting, id=_id("head")),
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(id=_id("measured")),
                            c.row(c.col(6, cards.file_card(_id)), c.col(6, outcomes.results_card(_id))),
                        ],
                        id=_id("after"),
                        hidden=True,
                    ),
                    c.row(c.col(6, *form), c.col(6, worked_out)),
                ],
                id=_id("content"),
            ),
        ]
    )


def number_of(campaign: str) -> int | None:
    """The number of an address; None for a new one. NotFoundError for what is no number."""
    if campaign == cards.NEW:
        return None
    if not campaign.isdigit() or len(campaign) > 9:
        raise NotFoundError(f"there is no campaign {campaign!r}; the list has all there are")
    return int(campaign)


def exists(services: Any, dataset: str | None, campaign: str = "") -> bool:
    """Whether the dataset has this campaign, or could have a new one."""
    try:
        number = number_of(campaign)
        slug = shown(services, dataset) or ""
        return (
            services.datasets.get(slug) is not None if number is None else bool(services.campaigns.read(slug, number))
        )
    except NotFoundError:
        return False


def register_callbacks(app: Dash, services: Any) -> None:
    """The form follows the address, the figures follow the form, and what is saved follows the buttons."""
    _register_form(app, services)
    _register_figures(app, services)
    _register_buttons(app, services)
    _register_results(app, services)


def _register_form(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("head"), "children"), Output(_id("content"), "hidden"), Output(_id("after"), "hidden"),
        Output(_id("delete-box"), "hidden"), Output(_id("kept"), "data"), Output(_id("group"), "options"),
        *[Output(_id(name), "disabled") for name in ("group", "holdout", "seed")],
        Output(_id("file-says"), "children"), *[Output(_id(name), "value") for name in FIELDS],
        Input(_id("query"), "data"), Input(_id("changed"), "data"), Input(_id("made"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _changed: Any, _made: Any) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"]) or ""
        try:
            choices = services.campaigns.choices(slug)
            number = number_of(query["campaign"])
            view = services.campaigns.read(slug, number) if number is not None else None
            values = cards.kept_values(view) if view else _first(services, slug, query["group"] or choices[0].group)
        except NotFoundError as error:
            back = c.link_button("All campaigns", address("/campaigns", slug), primary=True)
            gone = c.page_head("There is no such campaign", f"{sentence(str(error))}.", [back])
            return gone, True, True, True, {}, [], *[no_update] * (4 + len(FIELDS))
        options = [{"label": each.name, "value": each.group} for each in choices]
        if view is None:
            return cards.head(slug, None), False, True, True, {}, options, False, False, False, "", *values
        if view.group not in {each.group for each in choices}:
            options.append({"label": view.group_name, "value": view.group})
        drawn = view.drawn_at is not None
        fixed = {**vars(view.counted), "treated": view.treated, "held": view.held} if drawn else None
        kept = {"revision": view.revision, "drawn": fixed}
        return (
            cards.head(slug, view), False, False, False, kept, options, drawn, drawn, drawn, cards.file_words(view),
            *values,
        )  # fmt: skip

    @app.callback(
        Output(_id("ground"), "data"), Output(_id("group-hint"), "children"),
        Input(_id("group"), "value"), Input(_id("kept"), "data"), State(_id("query"), "data"),
    )  # fmt: skip
    def _count(group: str | None, kept: dict[str, Any], query: dict[str, Any]) -> tuple[Any, Any]:
        slug = shown(services, query["dataset"]) or ""
        if not group:
            return None, ""
        try:
            counted = kept.get("drawn") or vars(services.campaigns.count(slug, group))
        except KindredError as error:
            return None, f"{sentence(str(error))}."
        ground = {**counted, "currency": services.datasets.get(slug).currency}
        return ground, cards.counted_words(ground, bool(kept.get("drawn")), _why_not(services, slug, group))


def _why_not(services: Any, slug: str, group: str) -> str | None:
    """Why the play of the segment may not run; None of any other group, and of a segment that is gone."""
    if not group.startswith(SEGMENT):
        return None
    try:
        why_not: str | None = services.strategy.read(slug, group.removeprefix(SEGMENT)).why_not
    except NotFoundError:
        return None
    return why_not


def _first(services: Any, slug: str, group: str) -> list[Any]:
    """The form of a new campaign."""
    play, name = None, ""
    if group.startswith(SEGMENT):
        view = services.strategy.read(slug, group.removeprefix(SEGMENT))
        play, name = view.play, view.name
    return cards.first_values(name, group, play, services.customers.columns(slug).has_consent)


def _register_figures(app: Dash, _services: Any) -> None:
    @app.callback(
        Output(_id("worked-out"), "children"),
        Input(_id("ground"), "data"), Input(_id("holdout"), "value"), Input(_id("seed"), "value"),
        *[Input(_id(name), "value") for name in TYPED],
    )  # fmt: skip
    def _work_out(ground: dict[str, Any] | None, holdout: Any, seed: Any, *typed: Any) -> Any:
        if ground is None:
            return results.refused("choose whom the campaign is for")
        try:
            told = assumed(cards.as_assumptions(typed))
            people, share = results.split(ground, checked_holdout((holdout or 0) / 100))
            plan = planned(told, people, share, checked_seed(seed))
        except KindredError as error:
            return results.refused(str(error))
        return [
            results.facts(plan, ground),
            results.forecast_card(chosen(), plan, told, ground["currency"]),
            results.seen_card(plan, people),
            results.caveats(plan),
        ]


def _register_buttons(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("changed"), "data"), Output(_id("outcome"), "children"), Output(_id("go"), "href"),
        Input(_id("save"), "n_clicks"), Input(_id("delete"), "n_clicks"),
        State(_id("query"), "data"), State(_id("kept"), "data"), *[State(_id(name), "value") for name in FIELDS],
        prevent_initial_call=True,
    )  # fmt: skip
    def _do(save: int, delete: int, query: dict[str, Any], kept: dict[str, Any], *values: Any) -> tuple[Any, ...]:
        slug, number = shown(services, query["dataset"]) or "", number_of(query["campaign"])
        try:
            if ctx.triggered_id == _id("delete"):
                services.campaigns.delete(slug, number, ME)
                return no_update, no_update, address("/campaigns", slug)
            saved = services.campaigns.save(slug, number, _written(values), revision=kept.get("revision", 0), by=ME)
        except ConflictError as error:
            return no_update, c.note("warn", "Nothing was saved", f"{sentence(str(error))}."), no_update
        except KindredError as error:
            return no_update, c.note("bad", "Nothing was saved", f"{sentence(str(error))}."), no_update
        if number is None:
            return no_update, no_update, cards.campaign_address(slug, saved.id)
        return [save, delete], c.note("good", "The plan is saved"), no_update

    app.clientside_callback(
        "function(clicks, query) { return window.dash_clientside.campaign.file(clicks, query); }",
        Output(_id("file-done"), "children"), Output(_id("made"), "data"),
        Input(_id("file"), "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip


def _register_results(app: Dash, services: Any) -> None:
    @app.callback(
        Output(_id("measured"), "children"), Output(_id("results-say"), "children"),
        Input(_id("query"), "data"), Input(_id("upload"), "data"), Input(_id("missing"), "value"),
    )  # fmt: skip
    def _measure(query: dict[str, Any], upload: dict[str, Any] | None, missing: str) -> tuple[Any, Any]:
        slug = shown(services, query["dataset"]) or ""
        try:
            number = number_of(query["campaign"])
            view = services.campaigns.read(slug, number) if number is not None else None
        except NotFoundError:
            view = None  # the head says so
        if view is None:
            return "", ""
        says: Any = ""
        if upload and ctx.triggered_id != _id("query"):
            try:
                file = services.imports.uploaded(upload["id"])
                view = services.campaigns.measure(slug, view.id, file.path, file.name, missing, ME)
                says = c.note("good", "The results are read and kept")
            except KindredError as error:
                says = c.note("bad", "Nothing was kept", f"{sentence(str(error))}.")
        told = outcomes.measured(chosen(), view)
        return c.row(c.col(12, told)) if told else "", says


def _written(values: Sequence[Any]) -> dict[str, Any]:
    name, group, holdout, seed, *typed = values
    return {
        "name": name, "group": group, "holdout": (holdout or 0) / 100, "seed": seed,
        "assumptions": cards.as_assumptions(typed),
    }  # fmt: skip
