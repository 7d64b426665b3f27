"""The customers a table shows, as a file.

POST /customers.csv with ``{"dataset", "asked": {prefix, segment, word, conditions, columns}}`` as JSON, or with
``{"ids": [...]}`` in ``asked``: the customers picked on the map, with all their columns -> 200 text/csv, with a
sentence in ``X-Kindred-Says``; 400 with one line that says what to do. What is asked may name a customer and so
never stands in an address.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from dashboard.datasets import shown
from dashboard.formatting import counted
from dashboard.pages.customers import read
from segmentation.errors import KindredError
from segmentation.holdout import SEED, Holdout
from segmentation.services import Services
from segmentation.wording import sentence_case

MOST = 100_000  # beyond, a file is work for the command line


def register(server: Flask, services: Services) -> None:
    """The address on `server`."""

    @server.post("/customers.csv")
    def customers_csv() -> Response:
        told: Any = request.get_json(silent=True)
        asked = told.get("asked") if isinstance(told, dict) else None
        if not isinstance(asked, dict):
            return _refused("say which customers, as JSON with dataset and asked")
        try:
            return _file(services, shown(services, told.get("dataset")) or "", asked)
        except KindredError as error:
            return _refused(str(error))


def _file(services: Services, slug: str, asked: dict[str, Any]) -> Response:
    ids, columns = _asked(services, slug, asked)
    if len(ids) > MOST:
        return _refused(
            f"{counted(len(ids), 'customer')} are more than the {MOST:,} of one download: narrow the list, "
            f"or write them all with: kindred export --dataset {slug} --out customers.csv"
        )
    with tempfile.TemporaryDirectory(prefix="kindred-") as folder:
        out = Path(folder) / "customers.csv"
        result = services.exports.export(slug, out, only=ids, columns=columns, holdout=_split(asked))
        body = out.read_bytes()
    held = f"; {result.holdout:,} held out" if result.holdout is not None else ""
    left_out = f"; {result.without_consent:,} without consent left out" if result.without_consent else ""
    if result.note:
        return _refused(sentence_case(result.note))
    response = Response(body, mimetype="text/csv")
    response.headers["X-Kindred-Says"] = f"{counted(result.customers, 'customer')} downloaded{held}{left_out}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _split(asked: dict[str, Any]) -> Holdout | None:
    """The holdout asked for, as a share and a seed; None without one."""
    share, seed = asked.get("holdout"), asked.get("seed")
    if not share:
        return None
    try:
        return Holdout(float(share), int(SEED if seed in (None, "") else seed))
    except (TypeError, ValueError):
        raise KindredError(f"a holdout needs a share and a whole number as seed, not {share!r} and {seed!r}") from None


def _asked(services: Services, slug: str, asked: dict[str, Any]) -> tuple[list[int], list[str] | None]:
    """The ids and columns of what is asked for; None: every column."""
    if "ids" in asked:
        ids = asked["ids"]
        if not isinstance(ids, list) or not all(type(each) is int for each in ids):
            raise KindredError("ids must be a list of whole numbers: the customers picked on the map")
        return ids, None
    conditions = services.filters.read(slug, asked).conditions
    found = services.customers.ids(slug, replace(read(asked), conditions=conditions))
    return found.tolist(), [str(name) for name in asked.get("columns") or []]


def _refused(why: str) -> Response:
    return Response(why, status=400, mimetype="text/plain")
