"""The people of a campaign, as a file.

POST /campaigns/<id>.csv?dataset=SLUG -> 200 text/csv, with a sentence in ``X-Kindred-Says``; 400 with one line that
says what to do. The first file fixes who is in the campaign, hence POST.
"""

import tempfile
from pathlib import Path

from flask import Flask, Response, request, send_file

from dashboard.datasets import shown
from dashboard.formatting import counted
from dashboard.pages.segment import ME
from segmentation.errors import KindredError
from segmentation.services import Services
from segmentation.wording import sentence_case


def register(server: Flask, services: Services) -> None:
    """The address on `server`."""

    @server.post("/campaigns/<int:campaign>.csv")
    def campaign_csv(campaign: int) -> Response:
        try:
            return _file(services, shown(services, request.args.get("dataset")) or "", campaign)
        except KindredError as error:
            return Response(f"{sentence_case(str(error))}.", status=400, mimetype="text/plain")


def _file(services: Services, slug: str, campaign: int) -> Response:
    with tempfile.TemporaryDirectory(prefix="kindred-") as folder:
        out = Path(folder) / "campaign.csv"
        result = services.campaigns.export(slug, campaign, out, ME)
        file = out.open("rb")  # read on while it is sent; the folder is gone then
    response = send_file(file, mimetype="text/csv", max_age=0)
    left_out = f"; {result.without_consent:,} without consent left out" if result.without_consent else ""
    treated = counted(result.customers - (result.holdout or 0), "person", "people")
    response.headers["X-Kindred-Says"] = f"{treated} to write to and {result.holdout:,} held out{left_out}"
    response.headers["Cache-Control"] = "no-store"
    return response
