"""Stored models, found, checked and loaded; a process keeps the last few."""

from sqlalchemy.orm import Session

from db.models import Dataset, ModelArtifact, ModelVersion, Recipe
from db.queries.models import artifact_digest, artifact_of, version_by_id
from segmentation.config import Settings
from segmentation.errors import ArtifactError, NotFoundError
from segmentation.modelling.artifacts import BundleCache, ModelBundle, Signed, dump, load

_cache = BundleCache()


def load_bundle(session: Session, settings: Settings, slug: str, model: ModelVersion) -> ModelBundle:
    """The model of a version; ArtifactError when it must not, or cannot, be loaded."""
    digest = artifact_digest(session, model.id)
    if digest is None:
        raise ArtifactError(f"model {model.id} of dataset {slug!r} has no stored artifact; train again")

    def unpickled() -> ModelBundle:
        row = artifact_of(session, model.id)
        assert row is not None
        secrets = [settings.secret(), settings.previous_secret_key]
        signed = Signed(row.body, row.sha256, row.hmac)
        return load(signed, dataset=slug, version=model.id, made_with=model.libraries, secrets=secrets)

    return _cache.get((settings.url, model.id, digest), unpickled)


def store_bundle(session: Session, settings: Settings, slug: str, version: int, bundle: ModelBundle) -> None:
    """Keep a model with its version, signed."""
    signed = dump(bundle, dataset=slug, version=version, secret=settings.secret())
    session.add(ModelArtifact(model_version_id=version, body=signed.body, sha256=signed.sha256, hmac=signed.hmac))


def require_version(session: Session, version: int) -> tuple[ModelVersion, Recipe, Dataset]:
    """A version with its recipe and dataset; NotFoundError when there is none of that number."""
    found = version_by_id(session, version)
    if found is None:
        raise NotFoundError(f"there is no model version {version}; list them with: kindred models --dataset SLUG")
    return found
