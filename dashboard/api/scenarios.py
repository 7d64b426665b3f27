"""Scenarios as files.

GET /scenarios/<id>.json -> 200 what was asked and what each version answered
GET /scenarios/<id>.csv  -> 200 the newest answer: sizes and value of each segment, or the customer before and after
Both answer 404, with one line, where there is no such scenario any more.
"""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from segmentation.csv_safety import escaped
from segmentation.errors import NotFoundError
from segmentation.scenario_views import HEADERS, ScenarioView, as_rows
from segmentation.services import Services


def register(server: Flask, services: Services) -> None:
    """The two addresses on `server`."""

    @server.get("/scenarios/<public_id>.json")
    def scenario_json(public_id: str) -> Response:
        return _file(services, public_id, "application/json", lambda told: json.dumps(told.as_json(), indent=1))

    @server.get("/scenarios/<public_id>.csv")
    def scenario_csv(public_id: str) -> Response:
        return _file(services, public_id, "text/csv; charset=utf-8", _csv)


def _file(services: Services, public_id: str, kind: str, write: Callable[[ScenarioView], str]) -> Response:
    try:
        return Response(write(services.scenarios.get(public_id)), content_type=kind)
    except NotFoundError as error:
        return Response(f"{error}\n", status=404, content_type="text/plain; charset=utf-8")


def _csv(told: ScenarioView) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADERS)
    writer.writerows([_safe(cell) for cell in row] for row in as_rows([told]))
    return out.getvalue()


def _safe(cell: Any) -> Any:
    return escaped(cell) if isinstance(cell, str) else cell
