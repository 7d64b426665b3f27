"""The only way to a plotly figure: nothing is sent anywhere, and a screen reader hears a sentence."""

from typing import Any

from dash import dcc, html

GRAPH_CONFIG = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,
    "responsive": True,
    "showTips": False,
}


def graph(id: Any, figure: Any, says: str, *, height: int = 260, tools: bool = False, **options: Any) -> html.Div:
    """A plotly figure.

    Parameters
    ----------
    id : str or dict
        Needed so that the theme toggle can reach the figure.
    says : str
        What the picture shows, in words: its text for a screen reader.
    height : int
        Pixels; the width is the card's.
    tools : bool
        It can be moved and zoomed: for maps. Its card has buttons for that (``assets/map.js``); where fingers point,
        they are the only way, so that a finger scrolls the page.
    """
    config = GRAPH_CONFIG | {"scrollZoom": tools}
    known = {} if figure is None else {"figure": figure}
    inside = dcc.Graph(id=id, config=config, style={"height": f"{height}px"}, **known, **options)
    return html.Div(
        inside,
        role="group" if tools else "img",
        className="k-graph k-moves" if tools else "k-graph",
        **{"aria-label": says},
    )
