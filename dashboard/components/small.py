"""Small things that stand in text, tables and heads."""

from typing import Any
from uuid import uuid4

from dash import html

from dashboard.formatting import percent
from dashboard.terms import TERMS
from dashboard.theme import segment_css


def icon(name: str) -> html.I:
    """An icon of ``assets/icons.css`` in the colour of the text; decoration, silent to a screen reader."""
    return html.I(className=f"k-ico k-ico-{name}", **{"aria-hidden": "true"})


def dot(colour: int, large: bool = False) -> html.Span:
    """The colour of a segment, always beside its name."""
    return html.Span(className="k-dot lg" if large else "k-dot", style={"--c": segment_css(colour)})


def segment_chip(name: str, colour: int, href: str | None = None) -> Any:
    """A segment's name with its colour; a link when `href` is given."""
    chip = html.Span(name, className="k-seg", style={"--c": segment_css(colour)})
    return html.A(chip, href=href, className="k-seg-link") if href else chip


def badge(text: str, kind: str = "", icon_name: str | None = None) -> html.Span:
    """A word of status; `kind` is "", "good", "warn" or "bad"."""
    return html.Span([icon(icon_name), text] if icon_name else text, className=f"badge {kind}".strip())


def share_bar(share: float, largest: float, colour: int | None = None) -> html.Div:
    """A share as bar and figure; `largest` is the share that fills the column. Grey without a colour."""
    width = 100 * share / largest if largest > 0 else 0
    style = {"--w": f"{width:.1f}%"} | ({"--c": segment_css(colour)} if colour else {})
    return html.Div([html.I(style=style), html.B(percent(share))], className="k-bar" if colour else "k-bar soft")


def term(key: str, word: str | None = None) -> html.Span:
    """A term of `dashboard.terms` that explains itself on hover, focus and tap; `word` is said in its place.

    The word "?" is a mark beside a label; a screen reader hears what it is about.
    """
    told, tip = TERMS[key], f"tip--{uuid4().hex[:8]}"
    said = word or told.word
    heard = {"aria-label": f"About: {told.word}"} if said == "?" else {}
    inside = [html.Strong(told.word), html.Span(told.meaning)]
    inside += [html.Span(text, className="k-muted") for text in (told.caveat, told.computed)]
    return html.Span(
        [
            html.Button(
                said,
                className="k-term mark" if heard else "k-term",
                type="button",
                **{"aria-describedby": tip, **heard},
            ),
            html.Span(inside, className="k-tip", id=tip, role="tooltip"),
        ],
        className="k-term-wrap",
    )
