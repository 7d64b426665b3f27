"""The play of one segment: proposed, written down, worked out."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import components as c
from dashboard.cards import expected as calculator
from dashboard.cards import play as cards
from dashboard.cards.model_story import fate_page
from dashboard.datasets import shown
from dashboard.formatting import listed, sentence
from dashboard.ids import page_id
from dashboard.pages.segment import ME
from segmentation.errors import KindredError, NotFoundError
from segmentation.expected_value import ASSUMPTIONS
from segmentation.plays import LABELS, empty

PATH, PATH_TEMPLATE, TITLE = "/strategy/none", "/strategy/<segment>", "Play"
FIELDS = (*cards.WRITTEN, *ASSUMPTIONS)
_id = partial(page_id, "play")


def layout(segment: str = "", dataset: str | None = None, **_query: str) -> html.Div:
    """The form, empty; the callback brings what is proposed or saved, and the rest around it."""
    waiting = [html.H1(TITLE, className="visually-hidden"), c.skeleton(34, 60)]
    history = c.card(
        "Who changed what", html.Div(id=_id("history")), html.Div(id=_id("campaigns")), cards.delete_box(_id)
    )
    form = html.Div(cards.form_card(_id), id=_id("form"), hidden=True)
    worked_out = html.Div(calculator.calculator_card(_id), id=_id("calculator"), hidden=True)
    outcome = html.Div(id=_id("outcome"), **{"aria-live": "polite"})
    body = html.Div(c.skeleton(), id=_id("body"))
    return html.Div(
        [
            dcc.Store(id=_id("query"), data={"dataset": dataset, "segment": segment}),
            dcc.Store(id=_id("changed")),
            dcc.Store(id=_id("revision"), data={}),  # of what the form was filled with, and of a conflict shown
            dcc.Store(id=_id("ground")),
            html.Div(waiting, id=_id("head")),
            html.Div(id=_id("above")),
            c.row(c.col(7, body, form, cards.conflict_box(_id), outcome), c.col(5, worked_out, history)),
        ]
    )


def exists(services: Any, dataset: str | None, segment: str = "") -> bool:
    """Whether the dataset has this segment, or had it."""
    slug = shown(services, dataset) or ""
    try:
        services.strategy.read(slug, segment)
    except NotFoundError:
        try:
            return services.identity.fate(slug, segment) is not None
        except NotFoundError:
            return False
    return True


def register_callbacks(app: Dash, services: Any) -> None:
    """The page follows the address, and what is saved on it."""

    @app.callback(
        Output(_id("head"), "children"), Output(_id("above"), "children"), Output(_id("body"), "children"),
        Output(_id("history"), "children"), Output(_id("campaigns"), "children"), Output(_id("revision"), "data"),
        Output(_id("ground"), "data"),
        Output(_id("form"), "hidden"), Output(_id("calculator"), "hidden"), Output(_id("delete-box"), "hidden"),
        Output(_id("refill"), "hidden"),
        *[Output(_id(name), "value") for name in FIELDS],
        *[Output(_id(f"{name}-hint"), "children") for name in (*cards.WRITTEN, "people", "reach", "value")],
        Input(_id("query"), "data"), Input(_id("changed"), "data"),
    )  # fmt: skip
    def _show(query: dict[str, Any], _changed: Any) -> tuple[Any, ...]:
        slug = shown(services, query["dataset"]) or ""
        try:
            view = services.strategy.read(slug, query["segment"])
        except NotFoundError:
            fate = services.identity.fate(slug, query["segment"])
            if fate is None:
                raise
            return "", "", fate_page(slug, fate), "", "", {}, None, True, True, True, True, *_blank(), *[""] * _HINTS
        ground = _ground(view)
        of_play = cards.campaigns(slug, services.campaigns.of_segment(slug, query["segment"]))
        below = "" if view.segment else cards.archived(view)
        hints = [*cards.hints(view), *(calculator.ground_hints(ground) if ground else ["", "", ""])]
        return (
            cards.head(slug, view), cards.above(slug, view), below, cards.history(view), of_play,
            {"form": view.revision}, ground, ground is None, ground is None, view.play is None,
            view.play is None or view.proposal is None, *_filled(view), *hints,
        )  # fmt: skip

    @app.callback(
        *[Output(_id(name), "value", allow_duplicate=True) for name in (*cards.WORDS, "risk")],
        Input(_id("refill"), "n_clicks"), State(_id("query"), "data"), prevent_initial_call=True,
    )  # fmt: skip
    def _refill(_clicks: int, query: dict[str, Any]) -> list[str]:
        proposal = services.strategy.read(shown(services, query["dataset"]) or "", query["segment"]).proposal
        return [proposal.values[name] for name in (*cards.WORDS, "risk")]

    @app.callback(
        Output(_id("changed"), "data"), Output(_id("outcome"), "children"), Output(_id("conflict"), "hidden"),
        Output(_id("conflicts"), "children"), Output(_id("revision"), "data", allow_duplicate=True),
        Input(_id("save"), "n_clicks"), Input(_id("keep"), "n_clicks"), Input(_id("take"), "n_clicks"),
        Input(_id("delete"), "n_clicks"), State(_id("revision"), "data"), State(_id("query"), "data"),
        *[State(_id(name), "value") for name in FIELDS], prevent_initial_call=True,
    )  # fmt: skip
    def _do(
        save: int, keep: int, take: int, delete: int, revision: dict[str, Any], query: dict[str, Any], *values: Any
    ) -> tuple[Any, ...]:
        where, done = (shown(services, query["dataset"]) or "", query["segment"]), [save, keep, take, delete]
        if ctx.triggered_id == _id("take"):
            return done, c.note("", "The form shows what is saved"), True, "", no_update
        try:
            if ctx.triggered_id == _id("delete"):
                services.strategy.delete(*where, ME)
                return done, c.note("good", "The play is deleted"), True, "", no_update
            seen = revision.get("seen") if ctx.triggered_id == _id("keep") else None
            outcome = services.strategy.save(*where, _written(values), revision=revision["form"], by=ME, seen=seen)
        except KindredError as error:
            return no_update, c.note("bad", "Nothing was saved", f"{sentence(str(error))}."), True, "", no_update
        if outcome.conflicts:
            both = cards.conflict_words(outcome.conflicts)
            return no_update, "", False, both, {**revision, "seen": outcome.revision}
        return done, _said(outcome), True, "", no_update

    @app.callback(
        Output(_id("expected"), "children"), Input(_id("ground"), "data"),
        *[Input(_id(name), "value") for name in ASSUMPTIONS],
    )  # fmt: skip
    def _work_out(ground: dict[str, Any] | None, *typed: Any) -> Any:
        return calculator.result(ground, dict(zip(ASSUMPTIONS, typed, strict=True))) if ground else ""


_HINTS = len(cards.WRITTEN) + 3


def _blank() -> list[Any]:
    return [empty()[name] for name in FIELDS]


def _ground(view: Any) -> dict[str, Any] | None:
    """What the data says for the calculator; sizes and averages, nobody's values."""
    if view.segment is None:
        return None
    return {
        "people": view.segment.customers, "reach": view.reach, "reach_text": view.reach_text,
        "value": view.segment.value_per_customer, "currency": view.currency,
    }  # fmt: skip


def _filled(view: Any) -> list[Any]:
    play = view.play or (empty() | (view.proposal.values if view.proposal else {}))
    shown_ = {**play, **calculator.as_typed({name: play[name] for name in ASSUMPTIONS}), "risk": play["risk"] or ""}
    return [shown_[name] for name in FIELDS]


def _written(values: Sequence[Any]) -> dict[str, Any]:
    typed = dict(zip(FIELDS, values, strict=True))
    return typed | calculator.as_shares({name: typed[name] for name in ASSUMPTIONS})


def _said(outcome: Any) -> Any:
    if not outcome.changed:
        return c.note("good", "Nothing differs from what is saved")
    others = listed([LABELS[name].lower() for name in outcome.theirs])
    text = f"Somebody changed {others} meanwhile; that is kept too." if others else ""
    return c.note("good", "The play is saved", text)
