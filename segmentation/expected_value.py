"""What a play would bring, as assumed: people x reach x (response x value x margin - cost) - fixed costs."""

from collections.abc import Mapping
from dataclasses import dataclass

ASSUMPTIONS = ("people", "reach", "response", "value", "margin", "cost", "fixed")
SHARES = ("reach", "response", "margin")  # in [0, 1]


@dataclass(frozen=True)
class Expected:
    """``gain`` is None while something is ``missing`` (names, in the order of the formula).

    ``reached`` customers are contacted, ``responses`` answer, ``contribution`` is what these bring before costs.
    ``break_even`` is the response at which the play costs nothing, None where it cannot be told; it needs no response.
    """

    missing: list[str]
    reached: float | None = None
    responses: float | None = None
    contribution: float | None = None
    costs: float | None = None
    gain: float | None = None
    break_even: float | None = None


def expected(assumed: Mapping[str, float | None]) -> Expected:
    """The expected gain of a play.

    Parameters
    ----------
    assumed : mapping of str to float or None
        ``people`` addressed; ``reach``, ``response`` and ``margin`` in [0, 1]; ``value`` of a response, ``cost`` of a
        contact and ``fixed`` costs in the currency of the dataset. Nothing is assumed for what is missing.

    Examples
    --------
    >>> typed = dict(people=1000, reach=0.8, response=0.05, value=60, margin=0.4, cost=0.5, fixed=200)
    >>> told = expected(typed)  # 800 reached, 40 answer: 40 x 60 x 0.4 = 960, less 800 x 0.5 + 200 = 600
    >>> round(told.reached), round(told.responses), round(told.contribution), round(told.costs), round(told.gain)
    (800, 40, 960, 600, 360)
    >>> round(told.break_even, 5), expected(typed | {"response": None}).missing  # 600 / (800 x 24)
    (0.03125, ['response'])
    """
    known = {name: value for name, value in assumed.items() if value is not None}
    missing = [name for name in ASSUMPTIONS if name not in known]
    if [name for name in missing if name != "response"]:
        return Expected(missing)
    reached = known["people"] * known["reach"]
    costs = reached * known["cost"] + known["fixed"]
    per_response = known["value"] * known["margin"]
    break_even = costs / (reached * per_response) if reached * per_response > 0 else None
    if missing:
        return Expected(missing, reached=reached, costs=costs, break_even=break_even)
    responses = reached * known["response"]
    contribution = responses * per_response
    return Expected([], reached, responses, contribution, costs, contribution - costs, break_even)
