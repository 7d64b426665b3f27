"""The parts pages are put together from: ``from dashboard import components as c``.

| part | use |
|---|---|
| `page`, `page_head`, `facts`, `row`, `col` | the anatomy of a page |
| `card` | finding as title, caption, picture, "show data", download, footer |
| `graph` | the only way to a plotly figure |
| `table`, `Column` | every table of a page; ag-grid only where thousands of rows scroll |
| `note`, `empty`, `skeleton` | states |
| `segment_chip`, `dot`, `badge`, `share_bar`, `term`, `icon` | small things |
| `button`, `link_button` | actions |
| `job_box`, `register_job_box` | progress and cancel of slow work |
| `drop_zone` | a file, uploaded in pieces |

Everything returns Dash components and knows no service but for `register_job_box`. Buttons that act in the browser
only (show data, download, theme, menu) carry ``data-k-do`` and are served by ``assets/shell.js`` and
``assets/cards.js``; they need no id and no callback.
"""

from dashboard.components.actions import button, link_button
from dashboard.components.card import card, data_of
from dashboard.components.graph import GRAPH_CONFIG, graph
from dashboard.components.jobs import job_box, register_job_box
from dashboard.components.notes import empty, note, skeleton
from dashboard.components.page import Fact, col, facts, page, page_head, row
from dashboard.components.small import badge, dot, icon, segment_chip, share_bar, term
from dashboard.components.table import Column, table
from dashboard.components.upload import drop_zone

__all__ = [
    "GRAPH_CONFIG", "Column", "Fact", "badge", "button", "card", "col", "data_of", "dot", "drop_zone", "empty",
    "facts", "graph", "icon", "job_box", "link_button", "note", "page", "page_head", "register_job_box", "row",
    "segment_chip", "share_bar", "skeleton", "table", "term",
]  # fmt: skip
