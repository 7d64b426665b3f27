"""Selects of what is done to the whole store at once."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Dataset, ModelArtifact, ModelVersion


def signed_artifacts(session: Session) -> list[tuple[ModelArtifact, str]]:
    """Every stored model with the slug of its dataset."""
    statement = (
        select(ModelArtifact, Dataset.slug)
        .join(ModelVersion, ModelVersion.id == ModelArtifact.model_version_id)
        .join(Dataset, Dataset.id == ModelVersion.dataset_id)
        .order_by(ModelArtifact.model_version_id)
    )
    return [(artifact, slug) for artifact, slug in session.execute(statement)]
