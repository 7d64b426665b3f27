"""Finding what a user named, or saying what there is instead."""

from rapidfuzz import process
from sqlalchemy.orm import Session

from db.models import Dataset
from db.queries.datasets import dataset_by_slug, dataset_slugs
from segmentation.errors import NotFoundError


def require_dataset(session: Session, slug: str) -> Dataset:
    """The dataset with this slug; NotFoundError names the known ones."""
    dataset = dataset_by_slug(session, slug)
    if dataset is None:
        known = dataset_slugs(session)
        what = f"known datasets: {', '.join(known)}" if known else "there is none yet; import a file first"
        raise NotFoundError(f"there is no dataset {slug!r}; {what}")
    return dataset


def near(name: str, known: list[str], limit: int = 3) -> list[str]:
    """Up to `limit` of `known` that look like `name`, nearest first.

    >>> near("CustomerId", ["Age", "CustomerID", "Customer Key"], limit=1)
    ['CustomerID']
    """
    found = process.extract(name, known, processor=str.lower, limit=limit, score_cutoff=50)
    return [str(match) for match, _score, _index in found]
