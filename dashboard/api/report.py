"""The printable report of the segmentation a dataset has in use.

GET /report/<dataset>      -> 200 one HTML page with everything in it: no script, no request
GET /report/<dataset>.pdf  -> 200 the same on A4
Both answer 404, with one line that says what to do, where there is no such dataset or it has no segments yet.
"""

from functools import cache
from html import escape
from typing import Any

from flask import Flask, Response
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from dashboard import formatting as f
from dashboard.datasets import address
from dashboard.report.contents import Report, report
from dashboard.theme import FONT, segment_colour, tokens
from segmentation.errors import NotFoundError
from segmentation.services import Services

ROLES = ("text", "text-body", "text-muted", "line", "accent")


def register(server: Flask, services: Services) -> None:
    """The two addresses on `server`."""

    @server.get("/report/<slug>")
    def report_page(slug: str) -> Response:
        try:
            return Response(page(report(services, slug), slug), mimetype="text/html")
        except NotFoundError as error:
            return Response(f"{error}\n", status=404, mimetype="text/plain")

    @server.get("/report/<slug>.pdf")
    def report_pdf(slug: str) -> Response:
        try:
            from dashboard.report.pdf import pdf  # half a second, which only who prints waits for

            made = pdf(report(services, slug))
        except NotFoundError as error:
            return Response(f"{error}\n", status=404, mimetype="text/plain")
        name = f"segments-{slug}.pdf"
        return Response(made, mimetype="application/pdf",
                        headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


def page(told: Report, slug: str) -> str:
    """The HTML of a report; every text in it is escaped."""
    from dashboard.report import pictures

    drawn = [
        (part, _picture(pictures.traits(part.traits, part.size.colour), part.finding) if part.traits else "")
        for part in told.parts
    ]
    said = "; ".join(f"{each.name} {f.percent(each.share)} of customers" for each in told.sizes)
    return str(
        _template().render(
            r=told, parts=drawn, shares=_picture(pictures.shares(told.sizes, valued=told.valued), said),
            place=_picture(pictures.place(told), told.drawn) if told.dots else "",
            back=address("/segments", slug), file=f"/report/{slug}.pdf", font=Markup(FONT),
            light=Markup(" ".join(f"--{role}: {tokens('light')[role]};" for role in ROLES)),
        )
    )  # fmt: skip


def _picture(drawing: Any, says: str) -> Markup:
    from dashboard.report.pictures import svg

    return Markup(f'<div class="picture" tabindex="0">{svg(drawing, escape(says))}</div>')


@cache
def _template() -> Any:
    environment = Environment(loader=PackageLoader("dashboard"), autoescape=True, trim_blocks=True)
    environment.filters["colour"] = segment_colour
    return environment.get_template("report.html")
