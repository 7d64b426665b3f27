"""What can be downloaded of an import.

GET /api/imports/<batch>/rejects -> the rows that stayed out, as CSV: put right, it can be imported again
"""

from typing import Any

from flask import Flask, Response, jsonify, send_file


def register(server: Flask, services: Any) -> None:
    """Routes of this module on a server."""

    @server.get("/api/imports/<int:batch>/rejects")
    def rejects(batch: int) -> Response | tuple[Response, int]:
        path = services.imports.rejects(batch)
        if path is None:
            return jsonify(error=f"import {batch} has no rejected rows, or their file has expired"), 404
        return send_file(path, mimetype="text/csv", as_attachment=True, download_name=f"rejected-{batch}.csv")
