"""Where a recipe meets a dataset: canonical names, roles and alternatives become the dataset's own attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segmentation import vocabulary
from segmentation.features.expressions import Expression

if TYPE_CHECKING:
    from segmentation.features.recipes import AttributeLike

ROLE = "role:"


class Resolver:
    """Replaces what a recipe may say by the attributes of one dataset.

    Parameters
    ----------
    attributes : sequence of AttributeLike
        Of the dataset; the customer's id is none that a recipe can use.
    written : mapping of name to expression
        The recipe's features, for ``{"feature": name}``; without loops.
    """

    def __init__(self, attributes: Sequence[AttributeLike], written: Mapping[str, Expression] | None = None) -> None:
        usable = [attribute for attribute in attributes if attribute.role != "id"]
        self.by_name = {attribute.name: attribute for attribute in usable}
        self.by_canonical: dict[str, str] = {}
        for attribute in usable:  # the first one wins, unless one has the very name
            self.by_canonical.setdefault(vocabulary.canonical(attribute.name), attribute.name)
        self.by_canonical |= {attribute.name: attribute.name for attribute in usable}
        self._written = written or {}

    def resolve(self, expression: Expression, missing: list[str]) -> Expression:
        """The expression in the dataset's attributes; what it lacks is added to `missing`."""
        if isinstance(expression, str):
            if expression not in self.by_canonical:
                missing.append(expression)
            return self.by_canonical.get(expression, expression)
        if isinstance(expression, int | float):
            return expression
        (operation, parts), *_ = expression.items()
        if operation == "any":
            return self._first(parts, missing)
        if operation == "feature":
            return self.resolve(self._written[parts], missing)
        if operation == "is":
            return {"is": [self.resolve(parts[0], missing), *parts[1:]]}
        if not isinstance(parts, list):
            return {operation: self.resolve(parts, missing)}
        resolved: list[Expression] = []
        for part in parts:
            if isinstance(part, str) and part.startswith(ROLE):
                resolved += self.of_role(part, missing)
            else:
                resolved.append(self.resolve(part, missing))
        return {operation: resolved}

    def of_role(self, selector: str, missing: list[str]) -> list[str]:
        """The numbers and flags of a role, from files where there are any: purchases say the same once more."""
        role = selector[len(ROLE) :]
        found = [each for each in self.by_name.values() if each.role == role and each.kind in ("number", "flag")]
        given = [each for each in found if not getattr(each, "computed", False)]
        if not found:
            missing.append(selector)
        return [each.name for each in given or found]

    def _first(self, alternatives: list[Expression], missing: list[str]) -> Expression:
        """The first alternative the dataset has; else the first one, with what it lacks."""
        tries = []
        for alternative in alternatives:
            lacking: list[str] = []
            resolved = self.resolve(alternative, lacking)
            if not lacking:
                return resolved
            tries.append((resolved, lacking))
        missing += tries[0][1]
        return tries[0][0]

    def portable(self, expression: Expression) -> Expression:
        """The expression in canonical names, wherever these lead back to the same attribute of this dataset."""
        if isinstance(expression, str):
            canonical = vocabulary.canonical(expression) if expression in self.by_name else expression
            return canonical if self.by_canonical.get(canonical) == expression else expression
        if not isinstance(expression, dict):
            return expression
        (operation, parts), *_ = expression.items()
        if operation == "feature":
            return expression
        if operation == "is":
            return {"is": [self.portable(parts[0]), *parts[1:]]}
        return {operation: [self.portable(part) for part in parts] if isinstance(parts, list) else self.portable(parts)}


def words(name: str) -> str:
    """How a person calls a canonical attribute, or what attributes of a role are.

    >>> words("income"), words("role:value")
    ('Income', "an attribute with the role 'value'")
    """
    if name.startswith(ROLE):
        return f"an attribute with the role {name[len(ROLE) :]!r}"
    entry = vocabulary.match(name)
    return entry.label if entry else name


def references(expression: Any) -> list[str]:
    """The features of the recipe that an expression is made of, directly.

    >>> references({"ratio": [{"feature": "spend"}, {"sum": ["visits", {"feature": "calls"}]}]})
    ['spend', 'calls']
    """
    if not isinstance(expression, dict):
        return []
    (operation, parts), *_ = expression.items()
    if operation == "feature":
        return [parts]
    return [name for part in (parts if isinstance(parts, list) else [parts]) for name in references(part)]
