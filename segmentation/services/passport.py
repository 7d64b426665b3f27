"""The passport of a version, read from what was stored when it was trained and last scored."""

from typing import Any

from sqlalchemy.orm import Session

from db.models import Dataset, ModelVersion, Recipe
from db.queries import models as queries
from db.queries.imports import batches_before
from db.queries.jobs import newest_done
from db.queries.segments import champion_of, newest_run
from db.session import Database
from segmentation.config import Settings
from segmentation.effects import effects
from segmentation.errors import NotFoundError
from segmentation.features import recipes
from segmentation.features.recipes import Feature, Match
from segmentation.passport import Facts, document
from segmentation.services.bundles import require_version
from segmentation.services.gaps import Gaps
from segmentation.services.run_reading import read_run
from segmentation.services.standing import standings
from segmentation.services.studies import fingerprint

_NO_RECIPE = recipes.Recipe("", "", "", None)
STUDIES = 20  # finished studies looked through for one about these features


class PassportService:
    """Tells what a version rests on; computes nothing over customers."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._gaps = Gaps(database, settings)

    def passport(self, version: int) -> dict[str, Any]:
        """The passport of a version; see `segmentation.passport.document`.

        Raises
        ------
        NotFoundError
            There is no version of that number, or it never scored anybody.
        """
        with self._database.reading() as session:
            model, recipe, dataset = require_version(session, version)
            run = newest_run(session, version)
            if run is None:
                raise NotFoundError(f"model version {version} has assigned nobody yet; score the customers with it")
            read = read_run(session, run)
            champion = champion_of(session, dataset.id)
            rules = {rule["label"]: rule for rule in (model.explanation or {}).get("rules", [])}
            return document(
                Facts(
                    dataset=dataset,
                    model=model,
                    recipe=recipe,
                    run=run,
                    batches=batches_before(session, dataset.id, model.created_at),
                    segments=read.summaries(),
                    standings=standings(session, model, read),
                    rules={s.id: rules[s.label] for s, *_ in read.segments if s.label in rules},
                    effects=effects(read.profiles),
                    in_use=champion is not None and champion.id == version,
                    promoted_at=queries.promotions(session, dataset.id).get(version),
                    dependence=_dependence(session, dataset, model, recipe),
                    gaps=self._gaps.now(session, dataset, model, run),
                )
            )


def _dependence(session: Session, dataset: Dataset, model: ModelVersion, recipe: Recipe) -> dict[str, Any] | None:
    """The newest study of what hangs on the sensitive inputs, of these very features on these very customers."""
    names = sorted(told["feature"] for told in model.preparation if told["sensitive"] and not told["excluded"])
    if not names:
        return None
    wanted = fingerprint(Match(_NO_RECIPE, tuple(Feature(**told) for told in recipe.spec["features"]), ()))
    for job in newest_done(session, dataset.slug, "dependence", STUDIES):
        found = job.result or {}
        if found.get("print") == wanted and found.get("state") == model.dataset_state:
            kept = ("k", "sample", "customers", "seed", "sensitive", "without_all", "without_one")
            return {name: found.get(name) for name in kept}
    return None
