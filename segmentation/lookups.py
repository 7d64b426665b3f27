"""Finding what a user named, or saying what there is instead."""

from rapidfuzz import process
from sqlalchemy.orm import Session

from db.models import Dataset
from db.queries.datasets import dataset_by_slug, dataset_slugs
from db.queries.recipes import saved_recipe, saved_recipes
from segmentation.errors import NotFoundError, TrainingError
from segmentation.features.recipes import Recipe, parse, recipes


def require_dataset(session: Session, slug: str) -> Dataset:
    """The dataset with this slug; NotFoundError names the known ones."""
    dataset = dataset_by_slug(session, slug)
    if dataset is None:
        known = dataset_slugs(session)
        what = f"known datasets: {', '.join(known)}" if known else "there is none yet; import a file first"
        raise NotFoundError(f"there is no dataset {slug!r}; {what}")
    return dataset


def require_recipe(session: Session, dataset_id: int, name: str) -> Recipe:
    """The recipe of that name: one of the product's, else the newest saved one; TrainingError lists those there are."""
    if name in recipes():
        return recipes()[name]
    row = saved_recipe(session, dataset_id, name)
    if row is None or row.written is None:
        saved = dict.fromkeys(each.name for each in saved_recipes(session, dataset_id))
        raise TrainingError(f"there is no recipe {name!r}; recipes are: {', '.join([*recipes(), *sorted(saved)])}")
    return parse(row.written)


def offered_recipes(session: Session, dataset_id: int) -> list[Recipe]:
    """The recipes of the product, then the newest version of each saved one."""
    newest: dict[str, Recipe] = {}
    for row in saved_recipes(session, dataset_id):
        if row.written is not None:
            newest.setdefault(row.name, parse(row.written))
    return [*recipes().values(), *newest.values()]


def near(name: str, known: list[str], limit: int = 3) -> list[str]:
    """Up to `limit` of `known` that look like `name`, nearest first.

    >>> near("CustomerId", ["Age", "CustomerID", "Customer Key"], limit=1)
    ['CustomerID']
    """
    found = process.extract(name, known, processor=str.lower, limit=limit, score_cutoff=50)
    return [str(match) for match, _score, _index in found]
