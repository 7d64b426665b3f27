"""What the results of a campaign tell: who is counted, and the lift with its interval. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segmentation.campaigns.lift import Interval, difference, mean_difference, share
from segmentation.campaigns.returns import Returns
from segmentation.errors import BadFileError
from segmentation.withholding import too_few

LEFT_OUT, NO_RESPONSE = "left_out", "no_response"
MISSING = (LEFT_OUT, NO_RESPONSE)


@dataclass(frozen=True)
class Side:
    """One side of a campaign: ``people`` counted, of whom ``responded``; ``missing`` are not in the file.

    ``share`` who responded and ``mean`` of the amounts per person are None where they are not told.
    """

    people: int
    missing: int
    responded: int | None
    share: Interval | None
    mean: float | None


@dataclass(frozen=True)
class Outcome:
    """Treated against held out, as assigned: whoever was held out and contacted all the same stays on that side.

    ``lift`` is the difference of the shares who responded, ``gain`` that of the amounts per person (None without
    amounts, or where they do not differ). Both are None where a side has fewer than ten people: ``few``.
    """

    rows: int
    matched: int
    unmatched: int
    without_key: int
    repeated: int
    unanswered: int
    held_contacted: int | None
    without_amount: int
    missing_as: str
    few: bool
    treated: Side
    held: Side
    lift: Interval | None
    gain: Interval | None


def outcome(returns: Returns, held_by_key: Mapping[str, bool], missing_as: str) -> Outcome:
    """Match returns with the people of a campaign.

    Parameters
    ----------
    held_by_key : mapping of str to bool
        Everybody in the campaign: held out or not.
    missing_as : {"left_out", "no_response"}
        What somebody who is not in the file, or has no answer there, counts as.

    Raises
    ------
    BadFileError
        The file cannot answer: none of the campaign is in it, or a side is not.
    """
    answers: dict[str, tuple[bool | None, float, bool]] = {}
    contacted_held = without_amount = matched = merged = 0
    for at, given in enumerate(returns.keys):
        key = given if given in held_by_key else returns.alike[at]
        if key not in held_by_key:
            continue
        matched += 1
        responded = returns.responded[at]
        amount = returns.amounts[at] if returns.amounts is not None else 0.0
        without_amount += bool(responded) and amount is None
        sent = bool(returns.contacted[at]) if returns.contacted is not None else False
        before = answers.get(key)
        if before is not None:  # 1 and 1.0 are one customer
            merged += 1
            said = [each for each in (before[0], responded) if each is not None]
            responded, amount, sent = any(said) if said else None, before[1] + (amount or 0.0), before[2] or sent
        answers[key] = (responded, amount or 0.0, sent)
    if not matched:
        examples = ", ".join(map(repr, returns.keys[:3])) or "none"
        raise BadFileError(f"nobody in the file is in this campaign; its keys are {examples}; send the campaign's own")
    sides = [_answers(answers, held_by_key, held, missing_as) for held in (False, True)]
    _require_answers(sides, missing_as)
    contacted_held = sum(sent and held_by_key[key] for key, (_, _, sent) in answers.items())
    few = any(too_few(len(responded)) for responded, _, _ in sides)
    has_amounts = returns.amounts is not None
    treated, held = (_side(*side, has_amounts=has_amounts, few=few) for side in sides)
    told = [(int(responded.sum()), len(responded)) for responded, _, _ in sides]
    return Outcome(
        rows=returns.rows,
        matched=len(answers),
        unmatched=len(returns.keys) - matched,
        without_key=returns.without_key,
        repeated=returns.repeated + merged,
        unanswered=sum(responded is None for responded, _, _ in answers.values()),
        held_contacted=contacted_held if returns.contacted is not None else None,
        without_amount=without_amount,
        missing_as=missing_as,
        few=few,
        treated=treated,
        held=held,
        lift=None if few else difference(*told[0], *told[1]),
        gain=mean_difference(sides[0][1], sides[1][1]) if has_amounts and not few else None,
    )


def _answers(
    answers: Mapping[str, tuple[bool | None, float, bool]],
    held_by_key: Mapping[str, bool],
    side: bool,
    missing_as: str,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Of one side: who responded and the amounts of those counted, and how many the file does not tell of."""
    own = [answers.get(key) for key, held in held_by_key.items() if held is side]
    known = [each for each in own if each is not None and each[0] is not None]
    missing = len(own) - len(known)
    filled = missing if missing_as == NO_RESPONSE else 0
    responded = np.array([each[0] for each in known] + [False] * filled, bool)
    amounts = np.array([each[1] for each in known] + [0.0] * filled, float)
    return responded, amounts, missing


def _require_answers(sides: list[tuple[np.ndarray, np.ndarray, int]], missing_as: str) -> None:
    (treated, _, missing), (held, _, missing_held) = sides
    if missing_as == LEFT_OUT:
        if len(held) + len(treated) and treated.all() and held.all():
            raise BadFileError(
                "everybody in the file responded, so it is a list of responses; say that people who are missing in it "
                "did not respond"
            )
        for who, counted in (("those held out", held), ("those treated", treated)):
            if not len(counted):
                raise BadFileError(
                    f"none of {who} is in the file, so there is nothing to compare; add them with what they did (or "
                    "say that people who are missing did not respond, if the file has all responses)"
                )
    elif missing_held == len(held) and missing < len(treated) and not treated[: len(treated) - missing].all():
        raise BadFileError(
            "the file has people of the treatment who did not respond, and nobody who was held out: it lists who was "
            "written to, not who responded; add what those held out did"
        )


def _side(responded: np.ndarray, amounts: np.ndarray, missing: int, *, has_amounts: bool, few: bool) -> Side:
    if few:
        return Side(len(responded), missing, None, None, None)
    count = int(responded.sum())
    mean = float(amounts.mean()) if has_amounts else None
    return Side(len(responded), missing, count, share(count, len(responded)), mean)
