"""One segment: who they are, against everyone and against the segment most like them."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import components as c
from dashboard.cards import segment as cards
from dashboard.cards.doubtful import border_card, unusual_card
from dashboard.cards.explanation import rule_card
from dashboard.cards.model_story import fate_page
from dashboard.cards.segment_members import members_card, profile_card
from dashboard.cards.segment_trust import gate_note, standing_card, tests_card
from dashboard.datasets import shown
from dashboard.ids import page_id
from dashboard.theme import Theme, chosen
from segmentation.errors import NotFoundError

PATH, PATH_TEMPLATE, TITLE = "/segments/none", "/segments/<segment>", "Segment"
_id = partial(page_id, "segment")


def layout(segment: str = "", dataset: str | None = None, **_query: str) -> html.Div:
    """Title and grey lines; the callback brings the rest."""
    return c.page("segment", TITLE, dataset, segment=segment)


def exists(services: Any, dataset: str | None, segment: str = "") -> bool:
    """Whether the dataset has this segment, or had it."""
    slug = shown(services, dataset) or ""
    try:
        known = services.profiles.segments(slug)
        return segment in {each.slug for each in known} or services.identity.fate(slug, segment) is not None
    except NotFoundError:
        return False


def body(theme: Theme, dataset: str, detail: Any, doubtful: Any) -> list[Any]:
    """The page of a segment: how far it carries, then who they are; `doubtful` are members to look at twice."""
    top = [cards.head(dataset, detail), cards.facts(detail)]
    if detail.withheld:
        return [*top, cards.withheld_note(), cards.source(detail), cards.around(dataset, detail)]
    typical = members_card(dataset, "Most typical members", "Closest to the centre of the segment", detail.typical)
    unusual = unusual_card(dataset, doubtful)
    if detail.summary.unassigned:  # no segment: nothing to test, no rule, no centre
        return [
            *top,
            cards.unassigned_note(),
            c.row(c.col(12, cards.features_card(detail))),
            c.row(c.col(6, cards.distribution_card(theme, detail)), c.col(6, cards.lifts_card(detail))),
            c.row(c.col(12, profile_card(detail))),
            cards.source(detail),
            cards.around(dataset, detail),
        ]
    return [
        *top,
        *filter(None, [gate_note(dataset, detail)]),
        c.row(c.col(4, standing_card(dataset, detail)), c.col(8, tests_card(detail))),
        c.row(c.col(8, cards.features_card(detail)), c.col(4, rule_card(detail))),
        c.row(c.col(6, cards.distribution_card(theme, detail)), c.col(6, cards.lifts_card(detail))),
        c.row(c.col(6, typical), c.col(6, border_card(dataset, doubtful))),
        *([c.row(c.col(12, unusual))] if unusual is not None else []),
        c.row(c.col(12, profile_card(detail))),
        cards.source(detail),
        cards.around(dataset, detail),
    ]


def register_callbacks(app: Dash, services: Any) -> None:
    """The body follows the address."""

    @app.callback(Output(_id("body"), "children"), Input(_id("query"), "data"))
    def _show(query: dict[str, Any]) -> Any:
        slug = shown(services, query["dataset"])
        try:
            detail = services.profiles.segment(slug or "", query["segment"])
        except NotFoundError:
            fate = services.identity.fate(slug or "", query["segment"])
            if fate is None:
                raise
            return fate_page(slug or "", fate)
        return body(chosen(), slug or "", detail, services.borderline.members(slug or "", query["segment"]))
