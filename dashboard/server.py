"""The web server: the pages as a WSGI application, the log of requests, and the two ways to serve them."""

from __future__ import annotations

import atexit
import gc
import ipaddress
import logging
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from segmentation.config import Settings
from segmentation.errors import ConfigurationError
from segmentation.services import Services

THREADS = 8
GRACE_S = 20  # requests in hand may end before the server does
NOISE = ("/assets/", "/_dash-component-suites/", "/healthz", "/readyz", "/_favicon")

log = structlog.get_logger()


def build(services: Services) -> Flask:
    """The application, with its requests logged and without an open connection (so that it may fork)."""
    from dashboard.app import create_app

    server = create_app(services).server
    server.wsgi_app = RequestLog(server.wsgi_app, server.url_map)
    services.close()
    return server


class RequestLog:
    """Logs each request: method, route, status, duration. Never the address itself: it may hold a customer's key."""

    def __init__(self, application: Callable[..., Iterable[bytes]], routes: Map) -> None:
        self._application, self._routes = application, routes

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began, status = time.perf_counter(), "500"

        def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = line.split(" ", 1)[0]
            return start_response(line, headers, exc_info)

        try:
            return self._application(environ, start)
        finally:
            event = log.debug if environ["PATH_INFO"].startswith(NOISE) else log.info
            event(
                "request",
                method=environ["REQUEST_METHOD"],
                route=self._route(environ),
                status=int(status),
                ms=round((time.perf_counter() - began) * 1000, 1),
            )

    def _route(self, environ: dict[str, Any]) -> str:
        """The route as written in the code; of the pages, which share one, the first part of the address."""
        try:
            rule, _ = self._routes.bind_to_environ(environ).match(return_rule=True)
        except HTTPException:
            return "unknown"
        return f"/{environ['PATH_INFO'].split('/')[1]}" if rule.rule == "/<path:path>" else rule.rule


def refuse_strangers(settings: Settings) -> None:
    """Until people log in, only this machine is served."""
    try:
        is_local = settings.host == "localhost" or ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        is_local = False
    if settings.auth == "off" and not is_local:
        raise ConfigurationError(
            f"host {settings.host} would show the customers to everybody on the network, since nobody has to log in; "
            "use --host 127.0.0.1 (from elsewhere: ssh -L 8050:127.0.0.1:8050 this-machine)"
        )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; ConfigurationError when the port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"port {port} on {host} cannot be used ({error.strerror}); choose another one with --port"
        ) from None
    return listener


def serve_here(server: Flask, listener: socket.socket) -> None:
    """Serve in this process until it is interrupted (SIGINT, SystemExit): for one person."""
    from waitress.server import create_server

    create_server(server, sockets=[listener], threads=THREADS, ident="Kindred").run()


def serve_with_processes(settings: Settings, workers: int) -> None:
    """Serve with gunicorn: `workers` processes that share what was loaded before the fork. Does not return."""
    listen(settings.host, settings.port).close()  # one clear line instead of gunicorn's five attempts
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.putenv(name, "1")  # read by the libraries when they load: processes, not threads, fill the cores

    from gunicorn.app.base import BaseApplication
    from gunicorn.glogging import Logger

    class Log(Logger):
        """What gunicorn says becomes events like all others; requests are logged by RequestLog."""

        def setup(self, cfg: Any) -> None:
            self.error_log.handlers.clear()
            self.error_log.propagate = True
            self.error_log.setLevel(logging.INFO)
            self.access_log.disabled = True

    class Application(BaseApplication):
        def load_config(self) -> None:
            for name, value in {
                "bind": f"[{settings.host}]:{settings.port}"
                if ":" in settings.host
                else f"{settings.host}:{settings.port}",
                "workers": workers,
                "worker_class": "gthread",
                "threads": THREADS,
                "preload_app": True,
                "control_socket_disable": True,
                "graceful_timeout": GRACE_S,
                "keepalive": 5,
                "logger_class": Log,
                "proc_name": "kindred",
            }.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            server = build(Services(settings))
            gc.collect()
            gc.freeze()  # the collector of a worker neither walks nor copies what all share
            atexit.register(gc.unfreeze)  # at the end all is collected, or DuckDB's binding prints what it calls leaks
            return server

    Application().run()
