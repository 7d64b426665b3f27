"""Files from the browser, in pieces, streamed to disk: neither the browser nor the server ever holds a whole file.

POST /api/uploads                                -> 201 {"token"}
POST /api/uploads/<token>?offset=N (raw bytes)   -> 200 {"offset"}: what has arrived so far
                                                    409 {"offset"} when N is not where the next piece belongs
POST /api/uploads/<token>/finish?name=F&size=N   -> 200 {"id", "name", "size"}: the file is an upload of `ImportService`
                                                    409 {"offset"} when not all of N bytes have arrived
DELETE /api/uploads/<token>                      -> 204

Refusals are {"error": one line that says what to do}. Because every piece says where it belongs, an upload can be taken
up again after an interruption, also of the server: an empty piece at 0 asks, the 409 tells where to go on. A file that
was finished answers a second "finish" (the first answer was lost) with the same id.
"""

import errno
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request

from segmentation.errors import BadFileError, ConfigurationError, KindredError, NotFoundError

PIECE = 1024 * 1024
MEGABYTE = 2**20  # as segmentation.ingest.uploads counts them


class Parts:
    """Uploads under way: one growing file each, named by a token nobody can guess."""

    def __init__(self, folder: Path, limit_mb: int) -> None:
        self.folder = folder
        self.limit_mb = limit_mb

    def begin(self) -> str:
        """A new, empty upload."""
        token = secrets.token_hex(16)
        self.path(token, must_exist=False).touch(exist_ok=False)
        return token

    def path(self, token: str, must_exist: bool = True) -> Path:
        """Where the pieces of an upload are; NotFoundError for a token this installation did not give."""
        path = self.folder / f"{token}.part"
        if not re.fullmatch("[0-9a-f]{32}", token) or (must_exist and not path.exists()):
            raise NotFoundError("this upload is not known, or was given up; choose the file again")
        return path

    def append(self, token: str, offset: int, pieces: Iterator[bytes]) -> int | None:
        """Add bytes at `offset` and return the new size; None when that is not where the next piece belongs."""
        path = self.path(token)
        if path.stat().st_size != offset:
            return None
        size = offset
        try:
            # Written in place, not appended: a piece sent twice after a lost connection is the same bytes at its place.
            with path.open("r+b") as file:
                file.seek(offset)
                for piece in pieces:
                    size += len(piece)
                    if size > self.limit_mb * MEGABYTE:
                        raise BadFileError(
                            f"the file is larger than {self.limit_mb:,} MB; set KINDRED_MAX_UPLOAD_MB higher "
                            "or import it with the command line"
                        )
                    file.write(piece)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise ConfigurationError(f"the disk of {self.folder} is full; free some space and try again") from None
        return size

    def pieces(self, token: str) -> Iterator[bytes]:
        """The bytes that arrived."""
        with self.path(token).open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def finished(self, token: str) -> str | None:
        """The id of the upload that the pieces became; None while they are pieces."""
        note = self.path(token, must_exist=False).with_suffix(".done")
        return note.read_text() if note.exists() else None

    def finish(self, token: str, identity: str) -> None:
        """The pieces are an upload now."""
        self.path(token).with_suffix(".done").write_text(identity)
        self.path(token).unlink()

    def forget(self, token: str) -> None:
        """Remove what arrived."""
        self.path(token, must_exist=False).unlink(missing_ok=True)


def register(server: Flask, services: Any) -> None:
    """Routes of this module on a server."""
    parts = Parts(services.settings.uploads, services.settings.max_upload_mb)

    @server.post("/api/uploads")
    def begin_upload() -> Any:
        return jsonify(token=parts.begin()), 201

    @server.post("/api/uploads/<token>")
    def receive_piece(token: str) -> Any:
        try:
            size = parts.append(token, request.args.get("offset", 0, type=int), iter(_read_piece, b""))
            if size is None:
                return jsonify(offset=parts.path(token).stat().st_size), 409
        except BadFileError as error:
            parts.forget(token)
            return _refusal(error, 413)
        except KindredError as error:
            return _refusal(error)
        return jsonify(offset=size)

    @server.post("/api/uploads/<token>/finish")
    def finish_upload(token: str) -> Any:
        try:
            identity = parts.finished(token)
            here = 0 if identity else parts.path(token).stat().st_size
            if not identity and here != request.args.get("size", here, type=int):
                return jsonify(offset=here), 409
            name = request.args.get("name", "upload.csv")
            received = services.imports.uploaded(identity) if identity else None
            received = received or services.imports.receive(name, parts.pieces(token))
        except BadFileError as error:
            parts.forget(token)
            return _refusal(error)
        except KindredError as error:  # a full disk, say: what arrived is kept for another try
            return _refusal(error)
        if not identity:
            parts.finish(token, received.id)
        return jsonify(id=received.id, name=received.name, size=received.size)

    @server.delete("/api/uploads/<token>")
    def give_up(token: str) -> Any:
        try:
            parts.forget(token)
        except NotFoundError as error:
            return _refusal(error)
        return "", 204


def _read_piece() -> bytes:
    return request.stream.read(PIECE)


def _refusal(error: KindredError, status: int | None = None) -> Any:
    statuses = {NotFoundError: 404, ConfigurationError: 507}
    return jsonify(error=str(error)), status or statuses.get(type(error), 400)
