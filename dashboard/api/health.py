"""Addresses for whoever watches the installation: is the process there, and can it do its work?"""

from typing import Any

import structlog
from flask import Flask

from segmentation.errors import KindredError
from segmentation.services import Services

log = structlog.get_logger()


def register(server: Flask, services: Services) -> None:
    """``GET /healthz`` and ``GET /readyz`` on `server`."""

    @server.get("/healthz")
    def healthz() -> dict[str, Any]:
        """The process answers; says nothing about the database."""
        return {"status": "ok"}

    @server.get("/readyz")
    def readyz() -> tuple[dict[str, Any], int]:
        """200: the database is reachable and at head ("degraded" without a live worker); 503: it is not."""
        try:
            return services.maintenance.ready(), 200
        except KindredError as error:
            log.warning("not_ready", error=type(error).__name__)
            return {"status": "unavailable", "reason": str(error)}, 503
