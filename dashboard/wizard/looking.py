"""What the service found in the file of a tab. Reading a file to its end takes seconds: the last answers are kept.

A cache only: any process can find the same again from the file and the choices.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from dashboard.wizard.state import NEW, with_name
from segmentation.errors import BadFileError, KindredError
from segmentation.services.imports import ImportOptions

KEPT = 8


class Looking:
    """`ImportService.inspect` for the choices of a tab; two who ask for the same at once wait for one answer."""

    def __init__(self, services: Any) -> None:
        self._services = services
        self._known: OrderedDict[str, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, file: Mapping[str, Any]) -> Any:
        """The `FileInspection` of a file as chosen.

        Raises
        ------
        BadFileError, NotFoundError
            It cannot be read like that, or expired; the message has the name the user gave.
        """
        name = self._name(file)
        with self._lock:
            future = self._known.get(name)
            mine = future is None
            future = self._known.setdefault(name, Future()) if future is None else future
            self._known.move_to_end(name)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        if mine:
            self._look(name, file, future)
        return future.result()

    def _name(self, file: Mapping[str, Any]) -> str:
        """Names the answer: the file, the choices, and the attributes it is compared with."""
        target = None if file["target"] == NEW else file["target"]
        known = [attribute.name for attribute in self._services.datasets.attributes(target)] if target else []
        return json.dumps([file["upload"]["id"], file["kind"], file["sheet"], file["reading"], target, known])

    def _look(self, name: str, file: Mapping[str, Any], future: "Future[Any]") -> None:
        try:
            path = self._services.imports.uploaded(file["upload"]["id"]).path
            options = ImportOptions(kind=file["kind"], sheet=file["sheet"], reading=file["reading"])
            target = None if file["target"] == NEW else file["target"]
            future.set_result(self._services.imports.inspect(path, target, options))
        except BaseException as error:
            with self._lock:
                self._known.pop(name, None)  # the next one tries again
            known = isinstance(error, BadFileError)
            future.set_exception(BadFileError(with_name(str(error), file["upload"]["name"])) if known else error)
            if not isinstance(error, KindredError):
                raise
