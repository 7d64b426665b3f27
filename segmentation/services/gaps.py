"""Which inputs of a version the stored customers have no values of now."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from threading import Lock

from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Attribute, Dataset, ModelVersion, ScoringRun
from db.queries.customers import columns_with_values
from db.queries.datasets import attributes_of
from db.queries.profiles import values_counted
from db.queries.segments import recipe_of
from db.session import Database
from segmentation.config import Settings
from segmentation.features import expressions
from segmentation.inputs import Gap, gaps
from segmentation.snapshots import Snapshots


class Gaps:
    """Finds them without reading the customers twice: a column that is empty takes a look at every row."""

    KEPT = 32

    def __init__(self, database: Database, settings: Settings) -> None:
        self._snapshots = Snapshots(database, settings)
        self._looked: OrderedDict[tuple[str, str, frozenset[str]], set[str]] = OrderedDict()
        self._lock = Lock()

    def now(self, session: Session, dataset: Dataset, model: ModelVersion, run: ScoringRun | None) -> list[Gap]:
        """The gaps of a version among the customers as they are stored at this moment.

        What its newest run counted serves as long as the customers are those of the run; else what their columnar
        copy says of itself; else each column is asked for one value, once for each state of the customers.
        """
        recipe = recipe_of(session, model.id)
        left_out = {told["feature"] for told in model.preparation if told["excluded"]}
        inputs: dict[str, expressions.Expression] = {
            each.get("label", each["name"]): each["expression"]
            for each in (recipe.spec["features"] if recipe else [])
            if each["name"] not in left_out
        }
        needed = {name for expression in inputs.values() for name in expressions.attributes_of(expression)}
        attributes = attributes_of(session, dataset.id)
        counted = values_counted(session, run.id) if run is not None and run.dataset_state == dataset.state else {}
        asked = [each.name for each in attributes if each.name in needed and each.name not in counted]
        present = self._filled(session, dataset, attributes, asked)
        present |= {name for name, customers in counted.items() if customers}
        return gaps(inputs, present, {each.name: each.label for each in attributes})

    def _filled(
        self, session: Session, dataset: Dataset, attributes: Sequence[Attribute], names: Collection[str]
    ) -> set[str]:
        """Those of the named columns in which any customer has a value."""
        if not names:
            return set()
        filled = self._snapshots.filled(dataset.slug, dataset.state)
        if filled is not None:
            return filled & set(names)
        key = (dataset.slug, dataset.state, frozenset(names))
        with self._lock:
            if key in self._looked:
                return set(self._looked[key])
        found = columns_with_values(session, customers_table(dataset.slug, attributes), list(names))
        with self._lock:
            self._looked[key] = found
            while len(self._looked) > self.KEPT:
                self._looked.popitem(last=False)
        return set(found)
