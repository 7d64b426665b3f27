"""What was done to each input of a model on the way to the segments, step by step."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.formatting import average, counted, number, percent, statistic

TRANSFORMS = {None: "As it is", "log1p": "Logarithm", "yeo-johnson": "Straightened (Yeo-Johnson)"}


def preparation_table(preparation: Sequence[dict[str, Any]], customers: int) -> Any:
    """One row per input that went in: who lacked it, what was capped, how it was straightened and why, its weight."""
    columns = [
        c.Column("Input"), c.Column("Missing", numeric=True), c.Column("Capped", numeric=True, hide_on_phone=True),
        c.Column("Prepared as"), c.Column("Weight", numeric=True, hide_on_phone=True),
    ]  # fmt: skip
    rows = [
        [entry["label"], _missing(entry, customers), _capped(entry), _prepared(entry), _weight(entry)]
        for entry in preparation
        if not entry.get("excluded")
    ]
    return c.table(columns, rows, edge=True)


def _with(text: str, small: str | None) -> Any:
    return html.Span([text, html.Small(small, className="k-sub")]) if small else text


def _missing(entry: dict[str, Any], customers: int) -> Any:
    missing = entry.get("missing")
    if not missing:
        return number(missing)
    value = entry.get("imputed")
    as_what = average(value, entry["label"]) if isinstance(value, int | float) else value
    return _with(
        f"{number(missing)} ({percent(missing / max(customers, 1))})", f"count as {as_what}" if as_what else None
    )


def _capped(entry: dict[str, Any]) -> Any:
    if entry.get("low") is None:
        return "–"
    low, high = (average(entry[end], entry["label"]) for end in ("low", "high"))
    return _with(number(entry["clipped"]), f"outside {low} to {high}")


def _prepared(entry: dict[str, Any]) -> Any:
    if entry["kind"] == "flag":
        return "Yes or no"
    if entry["kind"] == "category":
        merged = entry.get("merged") or 0
        rare = "1 rare one joined as Other" if merged == 1 else f"{number(merged)} rare ones joined as Other"
        return _with(counted(len(entry.get("levels") or []), "level"), rare if merged else None)
    skew = entry.get("skew")  # of a version that was trained before reasons were kept
    why = entry.get("why") or (f"skewness {statistic(skew)}" if skew is not None else None)
    return _with(TRANSFORMS.get(entry.get("transform"), "As it is"), why)


def _weight(entry: dict[str, Any]) -> Any:
    factor = entry.get("factor") or 1.0
    return _with(statistic(entry.get("weight")), f"the recipe weighs it {factor:g} times" if factor != 1 else None)
