"""Which dataset a page shows."""

from typing import Any
from urllib.parse import urlencode


def in_order(datasets: list[Any]) -> list[Any]:
    """Datasets as the switcher lists them: the analyst's own first, samples last."""
    return sorted(datasets, key=lambda dataset: dataset.is_sample)


def shown(services: Any, slug: str | None) -> str | None:
    """Slug of the dataset a page shows: the one of the address, else the first; None in an empty store."""
    if slug:
        return slug
    datasets = in_order(services.datasets.list())
    return datasets[0].slug if datasets else None


def address(path: str, slug: str | None, **query: str) -> str:
    """The address of a page for a dataset.

    >>> address("/segments", "mall"), address("/data", None), address("/map", "mall", view="3d")
    ('/segments?dataset=mall', '/data', '/map?dataset=mall&view=3d')
    """
    parameters = ({"dataset": slug} if slug else {}) | query
    return f"{path}?{urlencode(parameters)}" if parameters else path
