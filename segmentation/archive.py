"""The backup file: a ZIP of one Arrow stream per table, and a manifest with what each must be.

Streams are written and read in order, so that memory stays flat however large the store is.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from segmentation.errors import BadFileError

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 20
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


class Writer:
    """Adds tables to a backup and remembers what it wrote; see `create`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.tables: list[dict[str, Any]] = []

    def add(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
        """Write one table; answers its number of rows."""
        rows = 0
        with self._archive.open(f"{name}.arrows", "w", force_zip64=True) as member:
            hashed = _Hashed(member)
            with pa.ipc.new_stream(pa.PythonFile(hashed, "w"), schema, options=_COMPRESSED) as stream:
                for batch in batches:
                    stream.write_batch(batch)
                    rows += batch.num_rows
        self.tables.append({"name": name, "rows": rows, "sha256": hashed.sha256.hexdigest()})
        return rows

    def finish(self, **facts: Any) -> None:
        """Write the manifest; without it the file is not a backup."""
        manifest = {"format": FORMAT, **facts, "tables": self.tables}
        self._archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


class _Hashed:
    """A file that is written through, and hashed on the way."""

    closed = False

    def __init__(self, file: Any) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        self._file.write(bytes(data))
        return len(data)

    def flush(self) -> None: ...
    def close(self) -> None: ...


@contextmanager
def create(path: Path) -> Iterator[Writer]:
    """A new backup at `path`, readable by its owner only; removed again when the block fails."""
    path.touch(0o600)
    path.chmod(0o600)
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            yield Writer(archive)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


class Reader:
    """A backup whose every byte was compared with its manifest; see `open_checked`."""

    def __init__(self, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        self._archive, self.manifest = archive, manifest

    def __contains__(self, name: str) -> bool:
        """Does the backup hold a table of this name?"""
        return any(table["name"] == name for table in self.manifest["tables"])

    def rows(self, name: str) -> int:
        """Rows of a table; 0 when the backup does not hold it."""
        return next((int(table["rows"]) for table in self.manifest["tables"] if table["name"] == name), 0)

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        """The rows of a table as they were added."""
        with self._archive.open(f"{name}.arrows") as member, pa.ipc.open_stream(member) as stream:
            yield from stream


@contextmanager
def open_checked(path: Path) -> Iterator[Reader]:
    """The backup at `path`; BadFileError unless it is one, whole and unchanged."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BadFileError(f"the backup {path} does not exist; check the path") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise BadFileError(f"{path} is not a backup of Kindred, or is cut short ({error}); take another one") from None
    with archive:
        yield Reader(archive, _checked(archive, path))


def _checked(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    if MANIFEST not in archive.namelist():
        raise BadFileError(f"{path} is not a backup of Kindred (it has no {MANIFEST}); take another file")
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise BadFileError(
                f"{path} is a backup of format {manifest['format']}, this version reads format {FORMAT}; "
                f"restore it with Kindred {manifest.get('kindred')}"
            )
        for table in manifest["tables"]:
            if _sha256(archive, f"{table['name']}.arrows") != table["sha256"]:
                raise BadFileError(f"{path} was changed or damaged in {table['name']}; take another backup")
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise BadFileError(f"{path} is damaged ({error}); take another backup") from None
    return manifest


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while chunk := member.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
