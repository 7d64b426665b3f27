"""How far the segments carry, in one line above the title: before any of them is named."""

from collections.abc import Sequence

from dash import html

from dashboard import components as c
from segmentation.findings import Finding

KINDS = {"ok": ("good", "check"), "info": ("", "info"), "warning": ("warn", "warn")}


def verdict_line(trust: Sequence[Finding]) -> html.P:
    """Whether the segments are real, come back, and may have a play."""
    badges = [c.badge(finding.title, *KINDS[finding.level]) for finding in trust]
    return html.P(badges, className="k-badges k-verdict")
