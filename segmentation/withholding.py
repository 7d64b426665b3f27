"""The rule on small groups: of fewer than ten people nothing is told but how many they are.

A name, a rule or an average of a handful describes persons. Names and addresses given at training, descriptions,
rules, profiles, spending and where the simulator may start all ask here. A name that a segment was given when it was
larger stays. Not withheld are a dataset's own rows (the table of customers, its export) and what is told of all
segments together.
"""

FEW = 10
SMALL_GROUP = "A handful of customers"  # what such a segment is called, with a number where there are several


def too_few(members: float) -> bool:
    """Whether so many people, or so many as are expected, are too few to be told of.

    >>> too_few(9), too_few(10)
    (True, False)
    """
    return members < FEW
