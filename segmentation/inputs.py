"""Inputs of a model in which nobody has a value: taken back, emptied, or not in a file; and how that is said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from segmentation.features.expressions import Expression, attributes_of
from segmentation.wording import count_word, listed, lowered, sentence_case

NAMED = 3  # inputs named in a title; the others are counted


@dataclass(frozen=True)
class Gap:
    """What is missing, and what that means for the segments."""

    title: str
    text: str

    @property
    def sentence(self) -> str:
        return f"{self.title}: {lowered(self.text)}"


def filled(frame: pd.DataFrame) -> set[str]:
    """The columns of a frame in which anybody has a value."""
    return {str(name) for name in frame if frame[name].notna().any()}


def has_values(expression: Expression, present: Collection[str]) -> bool:
    """Whether anybody can have a value of an expression, `present` being the attributes with any; see `evaluate`.

    >>> has_values({"sum": ["wine", "fish", 1]}, {"fish"}), has_values({"ratio": ["wine", "fish"]}, {"fish"})
    (True, False)
    """
    if not isinstance(expression, dict):
        return not isinstance(expression, str) or expression in present
    (operation, parts), *_ = expression.items()
    if operation in ("sum", "flags"):  # what is missing counts as nothing, but not all of it
        return any(has_values(part, present) for part in parts if not isinstance(part, int | float))
    if operation == "is":
        parts = parts[:1]
    return all(has_values(part, present) for part in (parts if isinstance(parts, list) else [parts]))


def gaps(
    inputs: Mapping[str, Expression], present: Collection[str], labels: Mapping[str, str], file: str | None = None
) -> list[Gap]:
    """What of a model's inputs the customers of now, or the rows of a file, have no values of.

    Parameters
    ----------
    inputs : mapping of label to expression
        Of the features the model was trained on.
    present : collection of str
        The attributes in which anybody has a value.
    labels : mapping of attribute to label
    file : str, optional
        Name of the file whose rows are looked at, in place of the stored customers.

    Returns
    -------
    list of Gap
        Empty where every input has values.

    Examples
    --------
    >>> inputs = {"Income": "pay", "Age": "age", "Spending": {"sum": ["wine", "fish"]}}
    >>> for gap in gaps(inputs, {"age", "fish"}, {"wine": "Wine"}):
    ...     print(gap.sentence)  # doctest: +NORMALIZE_WHITESPACE
    Nobody has a value left in income: one of the three inputs of the model is empty, and every customer counts as
    having the usual value of training there. Bring the column in again, or train without it.
    Nobody has a value left in wine: spending is counted without it.
    """
    nobody = f"Nobody in {file} has a value in" if file else "Nobody has a value left in"
    lost = [label for label, expression in inputs.items() if not has_values(expression, present)]
    found = [Gap(f"{nobody} {_named(lost)}", _empty(len(lost), len(inputs), file))] if lost else []
    return found + [
        Gap(f"{nobody} {_named(parts)}", f"{sentence_case(lowered(label))} is counted without {_it(parts)}.")
        for label, parts in _parts_lost(inputs, present, labels).items()
        if label not in lost
    ]


def formed_without(
    inputs: Mapping[str, Expression], excluded: Sequence[Mapping[str, Any]], present: Collection[str],
    labels: Mapping[str, str],
) -> list[str]:  # fmt: skip
    """What a training says of inputs that its recipe names and its customers do not fill.

    Parameters
    ----------
    inputs : mapping of label to expression
        Of the features that were used.
    excluded : sequence of mapping
        ``label`` and ``excluded`` (the reason) of those that were left out.

    Examples
    --------
    >>> formed_without({}, [{"label": "Income", "excluded": "nobody has a value"}], (), {})
    ['Left out of the model: income (nobody has a value).']
    """
    left = [f"{lowered(told['label'])} ({told['excluded']})" for told in excluded]
    told = [f"Left out of the model: {listed(left)}."] if left else []
    for label, parts in _parts_lost(inputs, present, labels).items():
        told.append(f"{label} is counted without {_named(parts)}: nobody has a value in {_it(parts)}.")
    return told


def _parts_lost(
    inputs: Mapping[str, Expression], present: Collection[str], labels: Mapping[str, str]
) -> dict[str, list[str]]:
    """The labels of the empty attributes that an input with values is made of, by the label of the input."""
    found = {}
    for label, expression in inputs.items():
        empty = [labels.get(name, name) for name in attributes_of(expression) if name not in present]
        if empty:
            found[label] = empty
    return found


def _named(labels: Sequence[str]) -> str:
    shown = [lowered(label) for label in labels[:NAMED]]
    more = len(labels) - NAMED
    return listed([*shown, f"{count_word(more)} more"] if more > 0 else shown)


def _it(labels: Sequence[str]) -> str:
    return "it" if len(labels) == 1 else "them"


def _empty(lost: int, inputs: int, file: str | None) -> str:
    """What becomes of everybody where so many of the inputs are empty."""
    who, one = "row" if file else "customer", lost == 1
    which = f"{count_word(lost)} of the {count_word(inputs)} inputs of the model {'is' if one else 'are'}"
    if lost == inputs:
        which = "the only input of the model is" if one else f"all {count_word(inputs)} inputs of the model are"
    means = f"counts as having the usual value{'s' * (not one)} of training there"
    advice = f" Bring the column{'s' * (not one)} in again, or train without {'it' if one else 'them'}."
    return (
        f"{sentence_case(which)} empty, and every {who} {means if lost < inputs else 'gets the same segment'}."
        f"{'' if file else advice}"
    )
