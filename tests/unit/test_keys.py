"""The key of a file is proposed by the name of a column, where its values tell customers apart."""

import pytest

from segmentation.ingest.keys import propose_key
from segmentation.ingest.typing import ColumnFacts

EVERY, FEW, SOME = (ColumnFacts(filled, 0, distinct) for filled, distinct in ((30, 30), (30, 7), (10, 10)))


@pytest.mark.parametrize(
    ("columns", "place"),
    [
        ({"age": FEW, "Kunde": EVERY}, 1),
        ({"cliente": FEW, "age": FEW}, None),
        ({"customers": EVERY}, None),  # how many
        ({"Customer": EVERY, "Customer ID": EVERY}, 1),
        ({"Household ID": FEW, "Member No": EVERY}, 1),
        ({"Household ID": FEW, "Member No": FEW}, 0),
        ({"Customer": EVERY, "Customer ID": FEW}, 1),
        ({"Customer ID": SOME, "Kunde": EVERY}, 1),
        ({"Customer ID": SOME}, None),
    ],
)
def test_the_key_is_proposed_by_its_name_where_it_tells_customers_apart(columns, place):
    assert propose_key(tuple(columns), list(columns.values()), 30) == place
