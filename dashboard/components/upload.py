"""A file from the browser, sent in pieces (``assets/upload.js`` to ``dashboard.api.uploads``)."""

from typing import Any

from dash import dcc, html

from dashboard.components.actions import button
from dashboard.ids import page_id

ACCEPT = ".csv,.tsv,.txt,.gz,.xlsx"


def _does(what: str) -> dict[str, Any]:
    return {"data-k-do": what}


def drop_zone(page: str, text: Any, accept: str = ACCEPT) -> Any:
    """A place to drop or choose one file.

    When it has arrived, ``Input(page_id(page, "upload"), "data")`` fires with ``{"id", "name", "size"}``: the id is
    what ``ImportService.uploaded(id)`` knows. Progress, cancel, going on after a lost connection or a reload, and
    errors are shown in place by the browser. A number of bytes in ``data-k-most`` anywhere on the page is the most it
    will send.
    """
    return html.Div(
        [
            html.P(text),
            button("Choose a file", icon_name="upload", **_does("choose-file")),
            html.Div(
                [
                    html.P(className="k-upload-says", role="status"),
                    html.Progress(value="0", max="1", hidden=True, **{"aria-label": "Upload"}),
                    html.P(className="k-upload-count k-muted k-small"),
                    html.Div(
                        [
                            button("Go on now", small=True, hidden=True, **_does("resume-upload")),
                            button("Cancel", small=True, hidden=True, **_does("cancel-upload")),
                        ],
                        className="k-actions",
                    ),
                ],
                className="k-upload-state",
            ),
            dcc.Store(id=page_id(page, "upload")),
        ],
        className="k-drop",
        **{"data-k-upload": page_id(page, "upload"), "data-k-accept": accept},
    )
