"""What travels as HTML (dashboard/components/markup.py), as the components it was."""

from html.parser import HTMLParser
from typing import Any

from dashboard.components.markup import NAMES, VOID

PROPS = {attribute: prop for prop, attribute in NAMES.items()}


def unfolded(told: Any) -> Any:
    """An answer of a callback in which the HTML of `static` components is components again.

    >>> unfolded({"type": "Div", "props": {"data-k-html": '<b class="k-x">A &amp; B</b>'}})["props"]["children"]
    [{'type': 'B', 'props': {'className': 'k-x', 'children': 'A & B'}}]
    """
    if isinstance(told, list):
        return [unfolded(each) for each in told]
    if not isinstance(told, dict):
        return told
    found = {key: unfolded(value) for key, value in told.items()}
    markup = found.get("props", {}).pop("data-k-html", None) if isinstance(found.get("props"), dict) else None
    if markup is not None:
        reader = _Reader()
        reader.feed(markup)
        found["props"]["children"] = reader.roots
    return found


class _Reader(HTMLParser):
    """Components from HTML; one text alone is the children itself, as Dash writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[Any] = []
        self.open: list[dict[str, Any]] = []

    def _add(self, child: Any) -> None:
        if not self.open:
            self.roots.append(child)
            return
        props = self.open[-1]["props"]
        before = props.get("children")
        props["children"] = child if before is None else [*(before if isinstance(before, list) else [before]), child]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        props = {PROPS.get(name, name): True if value is None else value for name, value in attrs}
        component = {"type": tag.capitalize(), "props": props}
        self._add(component)
        if tag not in VOID:
            self.open.append(component)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self._add(data)
