"""Files received from a browser, kept in the uploads folder until they expire."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segmentation.config import Settings
from segmentation.errors import BadFileError, ConfigurationError, NotFoundError
from segmentation.space import require_space

PREVIEW, INSPECTION = ".preview", ".inspection"  # what was found, beside the .data and .json of an upload
CHECK_EVERY = 64 * 2**20  # bytes between two looks at the free space


@dataclass(frozen=True)
class UploadedFile:
    """A received file; ``name`` is what the user called it, ``path`` where it lies."""

    id: str
    path: Path
    name: str
    size: int
    sha256: str


def receive(folder: Path, name: str, chunks: Iterable[bytes], most_bytes: int) -> UploadedFile:
    """Write the chunks to a file of `folder` as they come; nothing is left of a refused or broken upload.

    Raises
    ------
    BadFileError
        More than `most_bytes` came, or nothing.
    ConfigurationError
        The disk is full, or nearly so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    identity = uuid.uuid4().hex
    path = folder / f"{identity}.data"
    digest = hashlib.sha256()
    size = checked = 0
    try:
        require_space(folder, CHECK_EVERY, "receive a file")
        with path.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > most_bytes:
                    limit = f"{most_bytes / 2**20:,.0f} MB"
                    raise BadFileError(f"{name} is larger than {limit}, the limit set by KINDRED_MAX_UPLOAD_MB")
                if size - checked > CHECK_EVERY:
                    require_space(folder, CHECK_EVERY, "receive a file")
                    checked = size
                digest.update(chunk)
                file.write(chunk)
        if size == 0:
            raise BadFileError(f"{name} is empty; a header and at least one row are needed")
        received = UploadedFile(identity, path, _plain_name(name), size, digest.hexdigest())
        facts = {key: str(value) if key == "path" else value for key, value in asdict(received).items()}
        path.with_suffix(".json").write_text(json.dumps(facts))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ConfigurationError(f"{name} could not be stored in {folder}: {error.strerror}; free some space") from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return received


def find(folder: Path, identity: str) -> UploadedFile:
    """The upload with this id; NotFoundError when there is none (any more)."""
    facts = folder / f"{identity}.json"
    if not re.fullmatch(r"[0-9a-f]{32}", identity) or not facts.is_file():
        raise NotFoundError("that upload is no longer here; upload the file again")
    known = json.loads(facts.read_text())
    return UploadedFile(known["id"], folder / f"{identity}.data", known["name"], known["size"], known["sha256"])


def keep_found(folder: Path, identity: str, what: str, told: dict[str, Any]) -> None:
    """Keep what was found in an upload beside it, for as long as that is kept; it quotes customers.

    ``what`` ends in `PREVIEW` or `INSPECTION`; ``told["dataset"]`` is the dataset it is about, or None.
    """
    find(folder, identity)
    unfinished = folder / f"{identity}{what}.{uuid.uuid4().hex}"
    unfinished.write_text(json.dumps(told))
    unfinished.replace(folder / f"{identity}{what}")


def read_found(folder: Path, identity: str, what: str) -> dict[str, Any] | None:
    """What was kept; None when nothing was, or the upload is gone."""
    path = folder / f"{identity}{what}"
    if not re.fullmatch(r"[0-9a-f]{32}", identity) or not path.is_file() or not (folder / f"{identity}.data").is_file():
        return None
    return dict(json.loads(path.read_text()))


def found_is_of(path: Path, dataset: str) -> bool:
    """Is this what was found for the dataset?"""
    return bool(json.loads(path.read_text())["dataset"] == dataset)


def drop_preview(folder: Path, identity: str) -> None:
    """What a dry run found before does not hold any more."""
    (folder / f"{identity}{PREVIEW}").unlink(missing_ok=True)


def drop_found(data: Path) -> None:
    """What was found in an upload that is gone goes with it, as do its facts."""
    for path in (*data.parent.glob(f"{data.stem}-*{INSPECTION}"), *map(data.with_suffix, (PREVIEW, ".json"))):
        path.unlink(missing_ok=True)


def rejects_file(settings: Settings, batch_id: int) -> Path:
    """Where the rejected rows of a batch are, if it had any and they have not expired."""
    return settings.uploads / f"rejects-{batch_id}.csv"


def _plain_name(name: str) -> str:
    """The last part of a name, without control characters; a browser may send a whole path.

    >>> _plain_name("C:\\\\data\\\\cus\\ttomers.csv")
    'customers.csv'
    """
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", last).strip()[:200] or "upload.csv"
