"""Scenarios against each other, and the answers of two versions to the same one."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.group import change_words
from dashboard.cards.scenarios import answer_words, scenario_address, whom_words
from dashboard.cards.ways import ASSOCIATIONS, shown
from dashboard.components.table import Column
from segmentation.services.groups import GroupResult

MOST = 4
NOTHING = "–"
LABELS = ("Whom", "What changes", "Answer", "Model version", "Spending now", "Spending with the change",
          "Beyond what was observed", "Confidence")  # fmt: skip


def compare_card(views: Sequence[Any]) -> html.Section:
    """Up to four scenarios, a column each; below, the segments as the groups would fill them."""
    results = [GroupResult.of(each.newest.body) if each.kind == "group" else None for each in views]
    told = [_told(view, result) for view, result in zip(views, results, strict=True)]
    rows = [[label, *(each[at] for each in told)] for at, label in enumerate(LABELS)]
    names = {each.slug: each.name for result in results if result for each in result.segments}
    rows += [[f"In {name}", *(_in_segment(result, slug) for result in results)] for slug, name in names.items()]
    columns = [Column(""), *(Column(html.A(each.name, href=scenario_address(each))) for each in views)]
    return c.card(
        f"{f.sentence(f.in_words(len(views)))} {'scenario' if len(views) == 1 else 'scenarios side by side'}",
        c.table(columns, rows, hover=True),
        caption="Segments: members of the group with the change, and the difference from now.",
        data_is_body=True,
        footer=ASSOCIATIONS,
    )


def _told(view: Any, result: GroupResult | None) -> list[str]:
    """A column of the comparison, in the order of `LABELS`."""
    answer, version = answer_words(view.newest, view.kind), f.number(view.newest.version)
    if result is None:
        body = view.newest.body
        changes = [f"{view.labels.get(name, name)} {shown(value)}" for name, value in body["changes"].items()]
        nothing = [NOTHING] * 3
        return [whom_words(view), f.listed(changes) or "nothing", answer, version, *nothing, body["after"]["word"]]
    changes = [change_words(each, view.labels) for each in result.changes]
    values = [NOTHING if value is None else f.number(value) for value in (result.value_before, result.value_after)]
    outside = f.counted(result.outside, "customer")
    return [result.group, f.sentence(f.listed(changes)), answer, version, *values, outside, NOTHING]


def _in_segment(result: GroupResult | None, slug: str) -> str:
    for each in result.segments if result else ():
        if each.slug == slug:
            return f"{f.number(each.after)} ({f.change(each.after - each.before)})"
    return NOTHING


def since_card(view: Any) -> html.Section:
    """What the newest answer says otherwise than the one before."""
    new, old = view.answers[:2]
    versions = [Column(f"Version {each.version}", True) for each in (old, new)]
    title, rows = (_customer_since if view.kind == "customer" else _group_since)(old.body, new.body)
    return c.card(
        title,
        c.table([Column(""), *versions, Column("Difference", True)], rows, hover=True),
        caption=f"Version {new.version} against version {old.version}; the customers may have changed too.",
        data_is_body=True,
    )


def _customer_since(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, list[list[Any]]]:
    rows = []
    for side in ("before", "after"):
        segments = [each[side]["segment"] for each in (old, new)]
        rows.append([f"Segment {side}", *segments, "same" if segments[0] == segments[1] else "another"])
    sure = [each["after"]["confidence"] for each in (old, new)]
    changed = any(row[3] == "another" for row in rows)
    rows.append(["Confidence after", *map(f.statistic, sure), f.change(sure[1] - sure[0], 2)])
    return "The newer model says otherwise" if changed else "Both models say the same segments", rows


def _group_since(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, list[list[Any]]]:
    results = [GroupResult.of(each) for each in (old, new)]
    customers = [each.customers for each in results]
    shares = [each.moved / each.customers for each in results]
    rows: list[list[Any]] = [
        ["Customers", *map(f.number, customers), f.change(customers[1] - customers[0])],
        ["Would change segment", *map(f.percent, shares), f"{f.change(100 * (shares[1] - shares[0]), 1)} points"],
    ]
    names = {each.slug: each.name for result in results for each in result.segments}
    for slug, name in names.items():
        sizes = [next((each.after for each in result.segments if each.slug == slug), None) for result in results]
        before, after = sizes
        differ = NOTHING if before is None or after is None else f.change(after - before)
        told = [NOTHING if size is None else f.number(size) for size in sizes]
        rows.append([f"In {name} with the change", *told, differ])
    then, now = (f.percent(share, 0) if share else "nobody" for share in shares)
    return f"Would change segment: {now} now, {then} in the answer before", rows
