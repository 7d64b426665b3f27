"""The passport of a model version: a page to read, print and send, and the same as JSON.

GET /passport/<version>        -> 200 one HTML page with everything in it: no script, no request, both colour schemes
GET /passport/<version>.json   -> 200 the document of ``docs/passport.md``
Both answer 404, with one line that says what to do, where there is no such version.
"""

import json
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from flask import Flask, Response
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from dashboard import formatting as f
from dashboard.cards.explanation import CLASSIFIERS
from dashboard.theme import FONT, Theme, segment_colour, tokens
from segmentation.errors import NotFoundError
from segmentation.services import Services

ROLES = ("page", "text", "text-body", "text-muted", "line", "line-strong", "accent", "good", "warn")
TRANSFORMS = {"log1p": "logarithm", "yeo-johnson": "straightened (Yeo-Johnson)"}


def register(server: Flask, services: Services) -> None:
    """The two addresses on `server`."""

    @server.get("/passport/<int:version>")
    def passport(version: int) -> Response:
        try:
            return Response(page(services.passports.passport(version)), mimetype="text/html")
        except NotFoundError as error:
            return Response(f"{error}\n", status=404, mimetype="text/plain")

    @server.get("/passport/<int:version>.json")
    def passport_json(version: int) -> Response:
        try:
            told, status = services.passports.passport(version), 200
        except NotFoundError as error:
            told, status = {"error": str(error)}, 404
        # in the order of the document, which jsonify would sort away
        return Response(json.dumps(told, ensure_ascii=False, indent=1), status, mimetype="application/json")


def page(told: dict[str, Any]) -> str:
    """The HTML of a passport; every text in it is escaped."""
    apart = {effect["attribute"]: effect["value"] for effect in told["effects"]}
    return _template().render(
        p=told, k_words=f.in_words(told["number_of_segments"]["k"]), apart=partial(_apart, apart), font=Markup(FONT),
        light=Markup(_colours("light")), dark=Markup(_colours("dark")),
    )  # fmt: skip


@cache
def _template() -> Any:
    environment = Environment(loader=PackageLoader("dashboard"), autoescape=True, trim_blocks=True)
    environment.filters |= {
        "statistic": f.statistic, "percent": f.percent, "number": f.number, "counted": f.counted,
        "sentence": f.sentence, "duration": f.duration, "made_by": f.made_by, "prepared": prepared,
        "day": lambda text: f.day(date.fromisoformat(text[:10])),
        "moment": lambda text: f.moment(datetime.fromisoformat(text)),
        "colour": segment_colour, "classifier": lambda name: CLASSIFIERS[name],
    }  # fmt: skip
    return environment.get_template("passport.html")


def _colours(theme: Theme) -> str:
    return " ".join(f"--{role}: {tokens(theme)[role]};" for role in ROLES)


def _apart(values: dict[str, float], told: dict[str, Any]) -> str:
    """How far the segments differ in an input; one taken as it is stands under its attribute's name."""
    names = [told["feature"], *(told["attributes"] or [])[:1]]
    return f.statistic(next((values[name] for name in names if name in values), None))


def prepared(told: dict[str, Any]) -> str:
    """What was done to an input, in words.

    >>> prepared({"kind": "number", "transform": "log1p"}), prepared({"kind": "flag", "transform": None})
    ('logarithm', 'yes or no')
    """
    if told["kind"] == "flag":
        return "yes or no"
    if told["kind"] == "category":
        merged = f", {told['merged']} rare ones merged" if told.get("merged") else ""
        return f"{f.counted(len(told.get('levels') or []), 'level')}{merged}"
    return TRANSFORMS.get(told.get("transform") or "", "as it is")
