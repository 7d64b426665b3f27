"""What the service found in the file of a tab. Reading a file to its end takes seconds: the last answers are kept.

A cache only: any process can find the same again from the file and the choices.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from dashboard.wizard.state import NEW, name_of, slug_of, with_name
from segmentation.errors import BadFileError, ConflictError, KindredError
from segmentation.services.imports import ImportOptions

KEPT = 8
JOB = "data-read"  # the job box of the step that waits for a large file


class Pending(ConflictError):
    """A large file has to be read to its end first; `Looking.ask` begins that."""


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
        Pending
            It is large, and was not read yet.
        """
        self._services.imports.uploaded(file["upload"]["id"])
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
        target = _target(file)
        known = [attribute.name for attribute in self._services.datasets.attributes(target)] if target else []
        return json.dumps([file["upload"]["id"], file["kind"], file["sheet"], file["reading"], target, known])

    def _look(self, name: str, file: Mapping[str, Any], future: "Future[Any]") -> None:
        try:
            future.set_result(self._found(file))
        except BaseException as error:
            with self._lock:
                self._known.pop(name, None)  # the next one tries again
            known = isinstance(error, BadFileError)
            future.set_exception(BadFileError(with_name(str(error), file["upload"]["name"])) if known else error)
            if not isinstance(error, KindredError):
                raise

    def _found(self, file: Mapping[str, Any]) -> Any:
        imports, upload = self._services.imports, file["upload"]["id"]
        options = ImportOptions(kind=file["kind"], sheet=file["sheet"], reading=file["reading"])
        if imports.is_quick(upload):
            return imports.inspect(imports.uploaded(upload).path, _target(file), options)
        found = imports.inspected(upload, _target(file), options)
        if found is None:
            raise Pending(f"{file['upload']['name']} is not read to its end yet; the step Read does that")
        return found

    def ask(self, file: Mapping[str, Any]) -> int:
        """The job that reads the file as chosen: the one that was asked for already, or a new one."""
        named = slug_of(name_of(file["upload"]["name"]))
        likely = named if any(dataset.slug == named for dataset in self._services.datasets.list()) else None
        options = {name: file[name] for name in ("kind", "sheet", "reading")}
        payload = {"upload": file["upload"]["id"], "dataset": _target(file), "options": options, "likely": likely}
        jobs = self._services.jobs
        return int(jobs.asked("inspect", payload) or jobs.submit("inspect", payload, None, "dashboard"))


def _target(file: Mapping[str, Any]) -> str | None:
    return None if file["target"] == NEW else str(file["target"])
