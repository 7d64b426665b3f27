"""Comparing algorithms on the customers of a dataset; nothing but the job's result is kept of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from db.session import Database
from segmentation.config import Settings
from segmentation.modelling.algorithms import algorithm
from segmentation.modelling.choosing import number_for
from segmentation.modelling.fitting import FitOptions, method_for, prepared
from segmentation.modelling.leaderboard import as_json, leaderboard, serving
from segmentation.modelling.limits import check_features, check_k, check_settings
from segmentation.progress import Progress, no_progress, part
from segmentation.services.reading import read_asked


@dataclass(frozen=True)
class CompareOptions:
    """What to compare; `algorithms` None are all that serve the recipe, `k` ``auto`` is what k-means recommends.

    `sample` is the number of customers the segments are formed on; everybody is assigned.
    """

    recipe: str = "all_usable"
    algorithms: Sequence[str] | None = None
    k: int | Literal["auto"] = "auto"
    as_of: date | str | None = None
    seed: int = 42
    plain: bool = False
    sample: int | None = None


class LeaderboardService:
    """Runs algorithms side by side."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def compare(self, slug: str, options: CompareOptions, progress: Progress = no_progress) -> dict[str, Any]:
        """Divide the customers of a dataset by several algorithms, on the same matrix.

        Returns
        -------
        dict
            ``recipe``, ``k``, ``k_reason``, ``customers``, ``as_of``, ``seed``, ``plain``, ``sample`` and ``rows``,
            one per algorithm with the fields of `leaderboard.Entry`, the best first. Figures only.

        Raises
        ------
        NotFoundError, TrainingError
            There is no such dataset or recipe, or no algorithm could divide these customers. What one algorithm
            alone cannot do stands in the ``error`` of its row.
        """
        check_settings(options.sample)
        for name in options.algorithms or ():
            algorithm(name)
        asked = read_asked(self._database, self._settings, slug, options.recipe, options.as_of, progress)
        customers, matched, as_of = asked.customers, asked.matched, asked.as_of
        k = check_k(options.k, len(customers.frame))
        planned, prepare, X = prepared(
            matched, customers.attributes, customers.frame, as_of, seed=options.seed, plain=options.plain
        )
        names = list(options.algorithms or serving({feature.kind for feature in planned.features}))
        for name in names:
            check_features(planned, algorithm(name))
        methods = [method_for(FitOptions(name), planned, prepare) for name in names]
        number, reason = number_for(X, methods[0] if names == ["kprototypes"] else None, k, seed=options.seed)
        rows = leaderboard(
            X, methods, number, seed=options.seed, sample=options.sample, progress=part(progress, 0.1, 1.0)
        )
        progress(1.0, "done")
        told = {**asdict(options), "as_of": as_of.isoformat(), "k": number, "k_reason": reason}
        return told | {"algorithms": names, "customers": len(X), "rows": as_json(rows)}
