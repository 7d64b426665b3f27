"""Components that nobody talks to as one piece of HTML.

Dash keeps every component of a page in one store and lets each look whenever anything changes: a page of a thousand
table cells takes seconds to stand. What no callback reads or writes travels as text instead; ``shell.js`` puts it into
its place.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from dash.development.base_component import Component

NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan", "rowSpan": "rowspan"}
PLAIN = {"class", "for", "tabindex", "colspan", "rowspan", "href", "title", "scope", "role", "type", "lang", "target"}
SWITCHES = {"hidden", "disabled", "open", "download"}
TIP = "tip--"  # the ids that only another attribute speaks of begin so
VOID = {"br", "hr", "img"}
INSIDE = "data-k-html"


class NotStaticError(Exception):
    """A component that a callback may read or write, or that is more than HTML."""


def static(component: Component) -> Component:
    """The children of an HTML component as one piece; the component as it is where one of them is more than HTML.

    >>> from dash import html
    >>> static(html.Div(html.B("A & B"), className="k-x"))
    Div(className='k-x', data-k-html='<b>A &amp; B</b>')
    >>> static(html.Div(html.B("A", id="page--thing")))
    Div(B(children='A', id='page--thing'))
    """
    try:
        inside = markup(component.children)
    except NotStaticError:
        return component
    own = {name: value for name, value in component.to_plotly_json()["props"].items() if name != "children"}
    return type(component)(**own, **{INSIDE: inside})


def markup(component: Any) -> str:
    """Text, an HTML component or a list of these, as HTML.

    Raises
    ------
    NotStaticError
        There is something that has an id of its own or is not plain HTML.

    Examples
    --------
    >>> from dash import html
    >>> markup([html.Td("<b>", className="k-num", **{"data-l": 'a "b"'}), None, 3.5])
    '<td class="k-num" data-l="a &quot;b&quot;">&lt;b&gt;</td>3.5'
    >>> markup(html.I(style={"--w": "3%", "backgroundColor": "red"}, hidden=True))
    '<i hidden style="--w: 3%; background-color: red"></i>'
    """
    if component is None or isinstance(component, bool):
        return ""
    if isinstance(component, (str, int, float)):
        return escape(str(component), quote=False)
    if isinstance(component, (list, tuple)):
        return "".join(map(markup, component))
    if not isinstance(component, Component) or component._namespace != "dash_html_components":
        raise NotStaticError
    told = component.to_plotly_json()
    tag, props = told["type"].lower(), told["props"]
    inside = props.pop(INSIDE, None)
    attributes = "".join(_attribute(name, value) for name, value in props.items() if name != "children")
    if tag in VOID:
        return f"<{tag}{attributes}>"
    return f"<{tag}{attributes}>{markup(props.get('children')) if inside is None else inside}</{tag}>"


def _attribute(prop: str, value: Any) -> str:
    name = NAMES.get(prop, prop)
    if name in SWITCHES and isinstance(value, bool):
        return f" {name}" if value else ""
    if name == "style":
        value = _style(value)
    elif not (name in PLAIN or name.startswith(("data-", "aria-")) or (name == "id" and str(value).startswith(TIP))):
        raise NotStaticError
    return "" if value is None else f' {name}="{escape(str(value))}"'


def _style(rules: Mapping[str, Any]) -> str:
    if any(not isinstance(value, str) for value in rules.values()):
        raise NotStaticError
    return "; ".join(f"{re.sub('[A-Z]', lambda m: '-' + m[0].lower(), name)}: {rule}" for name, rule in rules.items())
