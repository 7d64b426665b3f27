"""Colours and plotly templates, read from ``assets/tokens.css`` so that Python and CSS cannot differ.

A figure takes `theme` ("light" or "dark"); `chosen` says which one the browser shows. Colours that differ between the
themes come from `tokens(theme)`: the toggle in the browser swaps exactly these (`swaps`), so use no other.
"""

import base64
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from flask import has_request_context, request

Theme = Literal["light", "dark"]
# Plain JSON: plotly's own classes check and copy every value again, which costs a page a tenth of a second. The tests
# let them check.
Figure = dict[str, Any]
TOKENS_CSS = Path(__file__).parent / "assets" / "tokens.css"
COOKIE = "kindred-theme"
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif'
# What may stand in a figure besides the colours of segments. Within a theme no two are equal but for raised and card.
FIGURE_ROLES = (
    "card", "text", "text-body", "text-muted", "line", "line-strong", "grid", "control", "everyone", "everyone-soft",
    "accent", "warn", "bad", "good", "div-n3", "div-n2", "div-n1", "div-0", "div-p1", "div-p2", "div-p3",
)  # fmt: skip


@cache
def tokens(theme: Theme) -> dict[str, str]:
    """Colours by role, without the prefix ``--k-``: ``{"text": "#16181d", "seg-1": "#5580fb", ...}``."""
    css = TOKENS_CSS.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", css, flags=re.S)):
        if ":root" in selector or f'data-bs-theme="{theme}"' in selector:
            found |= dict(re.findall(r"--k-([a-z0-9-]+):\s*(#[0-9a-f]{6})", body))
    return found


def segment_colour(colour: int) -> str:
    """Hex of a segment's colour number (1 to 10; 0 for Unassigned), the same in both themes.

    >>> segment_colour(1)
    '#5580fb'
    """
    return tokens("light")[f"seg-{colour}"]


def segment_css(colour: int) -> str:
    """The same colour for a style in the page.

    >>> segment_css(3)
    'var(--k-seg-3)'
    """
    return f"var(--k-seg-{colour})"


def tinted(colour: str, opacity: float) -> str:
    """A hex colour made translucent.

    >>> tinted("#5580fb", 0.5)
    'rgba(85, 128, 251, 0.5)'
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def chosen() -> Theme:
    """The theme the browser shows, from its cookie; light outside a request and before the first visit."""
    value = request.cookies.get(COOKIE) if has_request_context() else None
    return "dark" if value == "dark" else "light"


def swaps() -> dict[str, str]:
    """Light hex to dark hex for everything a figure may contain: what the toggle replaces in the browser."""
    return {tokens("light")[role]: tokens("dark")[role] for role in FIGURE_ROLES}


@cache
def template(theme: Theme) -> dict[str, Any]:
    """The plotly template of a theme: transparent, few faint gridlines, no frame, no legend. Not to be changed."""
    colours = tokens(theme)
    steps = ("div-n3", "div-n2", "div-n1", "div-0", "div-p1", "div-p2", "div-p3")
    axis = {
        "gridcolor": colours["grid"],
        "zerolinecolor": colours["line-strong"],
        "linecolor": colours["line-strong"],
        "showline": False,
        "ticks": "",
        "automargin": True,
        "title": {"font": {"size": 12, "color": colours["text-muted"]}, "standoff": 8},
    }
    scene_axis = {
        "backgroundcolor": "rgba(0,0,0,0)",
        "gridcolor": colours["grid"],
        "zerolinecolor": colours["line-strong"],
        "linecolor": colours["line-strong"],
        "showspikes": False,
        "ticks": "",
    }
    layout = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colours["text-muted"]},
        "colorway": [segment_colour(i) for i in range(1, 11)],
        "margin": {"t": 8, "r": 8, "b": 8, "l": 32},
        "xaxis": axis,
        "yaxis": axis,
        "scene": {"xaxis": scene_axis, "yaxis": scene_axis, "zaxis": scene_axis},
        "hoverlabel": {
            "bgcolor": colours["card"],
            "bordercolor": colours["line-strong"],
            "font": {"family": FONT, "size": 12, "color": colours["text"]},
        },
        "hovermode": "closest",
        "colorscale": {"diverging": [[i / 6, colours[step]] for i, step in enumerate(steps)]},
        "showlegend": False,
        "bargap": 0.06,
    }
    return {"layout": layout}


def figure(theme: Theme, *traces: dict[str, Any], **layout: Any) -> Figure:
    """A figure in a theme: traces (with their ``type``) and layout options as plotly names them."""
    return {"data": list(traces), "layout": {"template": template(theme), **layout}}


def numbers(values: Any) -> dict[str, str]:
    """An array of numbers as plotly.js reads it without parsing: float32 in base64.

    >>> numbers([1.0, 2.0])
    {'dtype': 'f4', 'bdata': 'AACAPwAAAEA='}
    """
    return {"dtype": "f4", "bdata": base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()}
