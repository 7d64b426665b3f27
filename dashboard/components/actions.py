"""Buttons. A page has one primary button: what its finding suggests."""

from typing import Any

from dash import html

from dashboard.components.small import icon


def _inside(label: str, icon_name: str | None) -> Any:
    return [icon(icon_name), label] if icon_name else label


def _classes(primary: bool, small: bool) -> str:
    return f"btn {'btn-primary' if primary else 'btn-outline-secondary'}{' btn-sm' if small else ''}"


def button(label: str, id: Any = None, *, primary: bool = False, small: bool = False, icon_name: str | None = None,
           disabled: bool = False, **attributes: Any) -> html.Button:  # fmt: skip
    """A button that a callback (by `id`) or the browser (by ``data-k-do``) answers."""
    known = {} if id is None else {"id": id, "n_clicks": 0}
    return html.Button(
        _inside(label, icon_name), className=_classes(primary, small), type="button", disabled=disabled,
        **known, **attributes,
    )  # fmt: skip


def link_button(label: str, href: str, *, primary: bool = False, small: bool = False, icon_name: str | None = None,
                says: str | None = None, **attributes: Any) -> html.A:  # fmt: skip
    """A link that looks like a button: whatever only leads somewhere. `says` is its name to a screen reader."""
    named = {"aria-label": says} if says else {}
    return html.A(_inside(label, icon_name), href=href, className=_classes(primary, small), **named, **attributes)
