"""Whom to look at first: customers on a border, and good ones who have stayed away."""

from collections.abc import Mapping, Sequence

from segmentation.controls import Control
from segmentation.customer_views import VALUE, CustomerQuery
from segmentation.filters import Condition

BORDERLINE, AT_RISK = "@borderline", "@at-risk"  # no slug begins like this


def question(kind: str, controls: Sequence[Control], roles: Mapping[str, str], valued: bool) -> CustomerQuery | None:
    """The customers of a list, those worth most first; None where the dataset or the model does not tell them.

    At risk with high value: the last purchase is longer ago than that of three in four customers.

    >>> days = Control("days", "Days", None, "number", typical_low=3.0, typical_high=40.0)
    >>> question(AT_RISK, [days], {"days": "recency"}, True).conditions[0].low
    40.0
    >>> question(AT_RISK, [days], {"days": "recency"}, False), question(BORDERLINE, [], {}, False).word
    (None, 'borderline')
    """
    sort = VALUE if valued else None
    if kind == BORDERLINE:
        return CustomerQuery(word="borderline", sort=sort, descending=valued)
    for each in controls:
        if roles.get(each.name) == "recency" and each.typical_high is not None and valued:
            away = (
                Condition(each.name, high=each.typical_low) if each.kind == "date"
                else Condition(each.name, low=each.typical_high)
            )  # fmt: skip
            return CustomerQuery(conditions=(away,), sort=VALUE, descending=True)
    return None
