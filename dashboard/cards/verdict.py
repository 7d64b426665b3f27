"""What is said before any segment is named: how far they carry, and whether the customers changed since."""

from collections.abc import Sequence
from datetime import datetime

from dash import html

from dashboard import components as c
from dashboard.datasets import address
from dashboard.formatting import moment
from segmentation.findings import STALE, Finding

KINDS = {"ok": ("good", "check"), "info": ("", "info"), "warning": ("warn", "warn")}


def verdict_line(trust: Sequence[Finding]) -> html.P:
    """Whether the segments are real, come back, and may have a play."""
    badges = [c.badge(finding.title, *KINDS[finding.level]) for finding in trust]
    return html.P(badges, className="k-badges k-verdict")


def stale_note(dataset: str, since: datetime | None) -> html.Div | None:
    """A grey note above everything when the segments are older than the customers; None when they are not."""
    if since is None:
        return None
    action = c.link_button("Assign everyone again", address("/models", dataset), small=True)
    title = f"The customers changed on {moment(since)}, after they were assigned"
    return html.Div(c.note("", title, STALE, action), className="k-above")
