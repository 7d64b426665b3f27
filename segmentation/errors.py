"""Errors a user can put right. One root (`KindredError`), few children; see `db.errors`."""

from collections.abc import Sequence

from db.errors import DatabaseAddressError, KindredError, SchemaError, StoreError, as_store_error


class BadFileError(KindredError):
    """A file that cannot be read as what it was offered as."""


class NotFoundError(KindredError):
    """A dataset, model version, segment or customer that does not exist."""


class TrainingError(KindredError):
    """The data or the options do not allow a model."""


class RecipeError(TrainingError):
    """A recipe that cannot be trained; ``problems`` holds one line for each reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class ArtifactError(KindredError):
    """A stored model that must not, or cannot, be loaded."""


class ConflictError(KindredError):
    """The request collides with something that exists or is going on."""


class ConfigurationError(KindredError):
    """The installation is not set up as it must be: folders, secret, address, space."""


class Cancelled(KindredError):
    """The user cancelled; what had begun was rolled back."""


__all__ = [
    "ArtifactError",
    "BadFileError",
    "Cancelled",
    "ConfigurationError",
    "ConflictError",
    "DatabaseAddressError",
    "KindredError",
    "NotFoundError",
    "RecipeError",
    "SchemaError",
    "StoreError",
    "TrainingError",
    "as_store_error",
]
