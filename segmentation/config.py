"""Settings. The only module that reads the environment."""

import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from segmentation.errors import ConfigurationError

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What the environment says, each name with the prefix ``KINDRED_``."""

    model_config = SettingsConfigDict(env_prefix="KINDRED_", frozen=True, extra="ignore")

    data_dir: Path = Field(default_factory=lambda: default_data_dir(), description="Files: snapshots, uploads, secret.")
    database_url: str = Field(default="", description="SQLite file in the data folder, unless set.")
    host: str = Field(
        default="127.0.0.1", description="Address the server listens on; loopback only while AUTH is off."
    )
    port: int = Field(default=8050, ge=0, le=65535, description="Port the server listens on.")
    secret_key: str = Field(default="", repr=False, description="Vouches for stored models; made for a local run.")
    previous_secret_key: str = Field(default="", repr=False, description="Still accepted while the secret is rotated.")
    max_upload_mb: int = Field(default=2048, ge=1, description="Largest file accepted, in MB.")
    retention_days: int = Field(default=90, ge=1, description="Uploads and logs are removed after this many days.")
    auth: Literal["off"] = Field(default="off", description="Who may use the pages; `off`: whoever reaches them.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least severe event.")

    @cached_property
    def url(self) -> str:
        """The database address."""
        return self.database_url or f"sqlite:///{self.data_dir / 'kindred.db'}"

    @property
    def uploads(self) -> Path:
        """Files received and not yet expired."""
        return self.data_dir / "uploads"

    @property
    def snapshots(self) -> Path:
        """Parquet caches of the store."""
        return self.data_dir / "snapshots"

    @property
    def staging(self) -> Path:
        """Files being read; emptied when their import ends."""
        return self.data_dir / "staging"

    @property
    def logs(self) -> Path:
        """Event logs, one file a day."""
        return self.data_dir / "logs"

    def make_folders(self) -> None:
        """Create the data folder, or say why it cannot be used."""
        try:
            for folder in (self.data_dir, self.uploads, self.snapshots, self.staging, self.logs):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # customers' data: nobody else's to read
            probe = self.data_dir / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise ConfigurationError(
                f"the data folder {self.data_dir} cannot be written ({error.strerror}); "
                "set KINDRED_DATA_DIR to a folder you may write"
            ) from None

    def secret(self) -> str:
        """The installation's secret; on the local SQLite store it is made once and kept in the data folder."""
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / "secret_key"
        if self.database_url and not path.exists():
            raise ConfigurationError(
                "KINDRED_SECRET_KEY is not set; with a database of your own every host needs the same secret "
                "(make one with: openssl rand -hex 32)"
            )
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        return path.read_text().strip()


def default_data_dir() -> Path:
    """``var`` beside the checkout; an installed package uses the user's data folder."""
    return CHECKOUT / "var" if (CHECKOUT / "pyproject.toml").exists() else user_data_path("kindred", appauthor=False)


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; ConfigurationError names the variable that is wrong."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "KINDRED_" + str(first["loc"][0]).upper()
        raise ConfigurationError(f"{name}={first['input']!r} is not allowed: {first['msg']}") from None
