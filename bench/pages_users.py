"""Many people at once: each opens a page, thinks, and opens another."""

import http.client
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bench.pages_browser import Request
from dashboard.web import ERRORS

THINK_S = 0.5
PATIENCE_S = 60


@dataclass
class Visits:
    """What happened to all users: milliseconds of every request, pages opened, and what went wrong."""

    taken: list[float] = field(default_factory=list)
    pages: int = 0
    errors: list[str] = field(default_factory=list)


def ask(connection: http.client.HTTPConnection, request: Request, headers: Mapping[str, str] | None = None) -> bytes:
    """The answer to a request; RuntimeError when its status is an error's."""
    method = "POST" if request.body is not None else "GET"
    connection.request(method, request.path, request.body, request.headers | dict(headers or {}))
    response = connection.getresponse()
    answer = response.read()
    if response.status not in (200, 204):
        raise RuntimeError(f"{request.name} answered {response.status}")
    return answer


def visit(address: str, requests: list[Request], users: int, seconds: float, think_s: float = THINK_S) -> Visits:
    """Let `users` open pages for some seconds, each over a connection of its own, in an order of their own."""
    pages: dict[str, dict[str, Request]] = {}
    for request in requests:
        pages.setdefault(request.page, {}).setdefault(request.output, request)
    told, lock, until = Visits(), threading.Lock(), time.monotonic() + seconds

    def live(seed: int) -> None:
        rng, names = np.random.default_rng(seed), list(pages)
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE_S)
        while time.monotonic() < until:
            taken, errors = _open(connection, list(pages[names[rng.integers(len(names))]].values()))
            with lock:
                told.taken += taken
                told.errors += errors
                told.pages += 1
            time.sleep(think_s)
        connection.close()

    threads = [threading.Thread(target=live, args=(seed,)) for seed in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _open(connection: http.client.HTTPConnection, requests: list[Request]) -> tuple[list[float], list[str]]:
    """What a page asks for, one after the other: milliseconds, and what went wrong."""
    taken, errors = [], []
    for request in requests:
        start = time.perf_counter()
        try:
            answer = ask(connection, request, {"accept-encoding": "identity"})
            if request.body is not None and ERRORS.encode() in answer:
                errors.append(f"{request.name}: {answer.decode()[:300]}")
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            errors.append(f"{request.name}: {error}")
            connection.close()
        taken.append(1000 * (time.perf_counter() - start))
    return taken, errors
