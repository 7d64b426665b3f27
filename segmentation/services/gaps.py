"""Which inputs of a version the stored customers have no values of now."""

from sqlalchemy.orm import Session

from db.customers import customers_table
from db.models import Dataset, ModelVersion, ScoringRun
from db.queries.customers import columns_with_values
from db.queries.datasets import attributes_of
from db.queries.profiles import values_counted
from db.queries.segments import recipe_of
from segmentation.features import expressions
from segmentation.inputs import Gap, gaps


def gaps_now(session: Session, dataset: Dataset, model: ModelVersion, run: ScoringRun | None) -> list[Gap]:
    """The gaps of a version among the customers as they are stored at this moment.

    What its newest run counted serves as long as the customers are those of the run; else each column is asked for
    one value.
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
    present = columns_with_values(session, customers_table(dataset.slug, attributes), asked)
    present |= {name for name, customers in counted.items() if customers}
    return gaps(inputs, present, {each.name: each.label for each in attributes})
