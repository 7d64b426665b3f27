"""Is there room on the disk? Asked before a large write, so that it does not fail half way."""

import shutil
from pathlib import Path

from segmentation.errors import ConfigurationError

RESERVE = 64 * 2**20  # left free for the store itself


def require_space(folder: Path, needed: int, purpose: str) -> None:
    """Raise ConfigurationError unless `needed` bytes and a reserve of 64 MB are free in `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE:
        raise ConfigurationError(
            f"not enough disk space to {purpose}: {(needed + RESERVE) / 1e6:,.0f} MB needed, {free / 1e6:,.0f} MB free "
            f"in {folder}; free some space or set KINDRED_DATA_DIR to a larger disk"
        )
