"""What a customer is worth: the attributes that say what they spent."""

from collections.abc import Sequence

from segmentation.features.recipes import AttributeLike


def value_attributes(attributes: Sequence[AttributeLike]) -> list[str]:
    """The attributes that add up to the value of a customer: numbers with the role ``value``.

    What follows from purchases counts only where no file says what customers spent: it is the same money.

    >>> from collections import namedtuple
    >>> A = namedtuple("A", "name role kind computed")
    >>> bought, given = A("monetary_value", "value", "number", True), A("spend_wine", "value", "number", False)
    >>> value_attributes([bought, given]), value_attributes([bought])
    (['spend_wine'], ['monetary_value'])
    """
    found = [each for each in attributes if each.role == "value" and each.kind == "number"]
    given = [each for each in found if not getattr(each, "computed", False)]
    return [each.name for each in given or found]
