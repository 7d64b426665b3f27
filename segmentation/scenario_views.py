"""What is told of a scenario: what was asked, what each version answered, and what changed between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Answered:
    """What one model version answered; ``stale``: the customers have changed since.

    ``body`` of a group is `GroupResult.as_json`, of a customer ``before`` and ``after`` (segment, slug, colour,
    confidence, word, runner_up, values), ``changes`` and ``warnings``; ``dropped`` names what the version did not use.
    """

    version: int
    at: datetime
    by: str
    stale: bool
    body: dict[str, Any]


@dataclass(frozen=True)
class ScenarioView:
    """A kept what-if; ``answers`` the newest first, ``champion`` the version in use now, ``labels`` by attribute.

    ``customer`` is the key of the stored customer it began with, None for any other.
    """

    id: str
    dataset: str
    kind: str
    name: str
    note: str
    asked: dict[str, Any]
    customer: str | None
    labels: dict[str, str]
    created_at: datetime
    created_by: str
    updated_at: datetime
    answers: list[Answered]
    champion: int | None

    @property
    def newest(self) -> Answered:
        return self.answers[0]

    @property
    def outdated(self) -> bool:
        """Whether another model is in use, or the customers changed, since the newest answer."""
        return self.champion is not None and (self.newest.version != self.champion or self.newest.stale)

    def as_json(self) -> dict[str, Any]:
        """The document that is exported."""
        return {
            "id": self.id,
            "dataset": self.dataset,
            "kind": self.kind,
            "name": self.name,
            "note": self.note,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "customer": self.customer,
            "asked": self.asked,
            "answers": [
                {"version": each.version, "computed_at": each.at.isoformat(), "computed_by": each.by, **each.body}
                for each in self.answers
            ],
        }


HEADERS = ("scenario", "version", "what", "segment", "before", "after")


def as_rows(views: Sequence[ScenarioView]) -> list[tuple[Any, ...]]:
    """The newest answers as rows under `HEADERS`: per segment its size and value, of a customer the segment."""
    rows: list[tuple[Any, ...]] = []
    for view in views:
        start, body = (view.name, view.newest.version), view.newest.body
        if view.kind == "customer":
            before, after = body["before"], body["after"]
            rows.append((*start, "segment", "", before["segment"], after["segment"]))
            rows.append((*start, "confidence", "", before["confidence"], after["confidence"]))
            rows += [(*start, name, "", before["values"].get(name), value) for name, value in body["changes"].items()]
            continue
        for each in body["segments"]:
            rows.append((*start, "customers", each["name"], each["before"], each["after"]))
            if body["value_before"] is not None:
                rows.append((*start, "value", each["name"], each["value_before"], each["value_after"]))
    return rows
