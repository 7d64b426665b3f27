"""What surrounds every answer of the server: who may ask, what the browser may load, how long it keeps it."""

import base64
import gzip
import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import dash
import structlog
from dash import Dash, set_props
from flask import Flask, Response, abort, request
from flask_compress import Compress
from werkzeug.security import safe_join

from dashboard.components.notes import note
from segmentation.config import Settings
from segmentation.errors import KindredError, as_store_error

log = structlog.get_logger()
ASSETS = Path(__file__).parent / "assets"
BOOTSTRAP = "/assets/vendor/bootstrap/bootstrap.min.css?v=5.3.8"
PLOTLY_ADDRESS = "/_dash-component-suites/plotly/package_data/plotly.min"
TYPES = {".css": "text/css", ".js": "text/javascript", ".ico": "image/x-icon"}
A_YEAR = 365 * 24 * 3600
ERRORS = "shell--errors"


def explain_error(error: Exception) -> None:
    """The one error boundary: a red note for what the user can put right, a calm one with an id otherwise."""
    known = error if isinstance(error, KindredError) else as_store_error(error)
    if known is not None:
        set_props(ERRORS, {"children": note("bad", "This did not work", str(known))})
        return
    event = uuid4().hex[:8]
    log.error("page_failed", id=event, callback=str(dash.ctx.outputs_list), exc_info=error)
    text = f"The fault is in Kindred, not in your data, and nothing was changed. It is noted in the log as {event}."
    set_props(ERRORS, {"children": note("", "Something went wrong here", text)})


def is_loopback(host: str) -> bool:
    """Whether the Host header of a request names this machine.

    >>> [is_loopback(host) for host in ("localhost:8050", "127.0.0.1", "[::1]:80", "example.com", "")]
    [True, True, True, False, False]
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_same_origin() -> bool:
    """Whether a writing request says that it comes from our own page: ``Origin``, or ``Sec-Fetch-Site`` without one."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.host
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def protect(app: Dash, settings: Settings) -> None:
    """Before each request: with AUTH off only this machine is served, and nobody else's page may write."""
    server = app.server
    server.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_YEAR  # Dash puts the time of change into the address of an asset
    server.config["COMPRESS_MIN_SIZE"] = 1024
    server.config["COMPRESS_STREAMS"] = False
    Compress(server)

    @server.before_request
    def _only_this_machine() -> None:
        if settings.auth == "off" and not is_loopback(request.host):
            abort(403, "Kindred answers only on this machine while AUTH is off; open it as http://127.0.0.1")
        if request.method not in ("GET", "HEAD", "OPTIONS") and not is_same_origin():
            abort(403, "a request that writes must come from Kindred's own page (Origin header)")

    @server.before_request
    def _kept_file() -> Response | None:
        """Our scripts and styles, and the build of plotly.js that needs no eval at the address of the usual one."""
        if request.path.startswith(PLOTLY_ADDRESS):
            return _from_memory(ASSETS / "vendor" / "plotly" / "plotly-strict.min.js")
        name = safe_join(str(ASSETS), request.path.removeprefix("/assets/")) or ""
        is_ours = request.path.startswith("/assets/") and name.endswith(tuple(TYPES)) and Path(name).is_file()
        return _from_memory(Path(name)) if is_ours else None


def _from_memory(path: Path) -> Response:
    body = _gzipped(path, path.stat().st_mtime_ns)
    response = Response(body, mimetype=TYPES[path.suffix])
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}"
    response.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings["gzip"]:
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(body))
    return response


@cache
def _gzipped(path: Path, changed: int) -> bytes:
    """A file, compressed once per process: 5 MB of plotly would cost every first visit a third of a second."""
    return gzip.compress(path.read_bytes(), 6)


def lock_down(app: Dash, exists: Mapping[str, Callable[..., bool]]) -> None:
    """After each request: the content security policy, and status 404 for addresses without a page.

    `exists` says, by a page's module, whether what an address names is there: called with the dataset of the address
    and the variables of its path. Call this when Dash knows all its inline scripts, that is after the first request.
    """
    inline = [f"'sha256-{_sha256(script)}'" for script in _inline_scripts(app.index_string)]
    policy = "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join([*app.csp_hashes(), *inline])}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "worker-src blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        )
    )
    _after_request(app.server, policy, exists)


def _after_request(server: Flask, policy: str, exists: Mapping[str, Callable[..., bool]]) -> None:
    def finish(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        is_page = request.url_rule is not None and request.url_rule.rule in ("/", "/<path:path>")
        if is_page and response.status_code == 200 and not _has_page(request.path, exists):
            response.status_code = 404
        return response

    # Flask refuses the decorator once it has answered; the list it would append to is the documented place for it.
    server.after_request_funcs.setdefault(None, []).append(finish)


def _has_page(path: str, exists: Mapping[str, Callable[..., bool]]) -> bool:
    page, variables = dash._pages._path_to_page(path.strip("/"))
    if not page or page["path"] == "/404" or any("/" in value for value in (variables or {}).values()):
        return False
    is_there = exists.get(page["module"])
    return is_there is None or is_there(request.args.get("dataset"), **(variables or {}))


def _inline_scripts(html: str) -> list[str]:
    """The text of each inline script of ours in the index page."""
    parts: list[Any] = html.split("<script>")[1:]
    return [part.split("</script>")[0] for part in parts]


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
