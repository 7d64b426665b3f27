"""What the members of each segment are like: the figures every page, name and sentence is made from."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from segmentation.histograms import count_in, grid, nice_edges
from segmentation.withholding import too_few

QUANTILES = {"0.01": 0.01, "0.05": 0.05, "0.25": 0.25, "0.5": 0.5, "0.75": 0.75, "0.95": 0.95, "0.99": 0.99}
MAX_LEVELS = 50  # a category with more keeps its most frequent ones
DAY = np.timedelta64(1, "D")


class Column(Protocol):
    """What a profile needs to know of an attribute or a derived feature; `role` is taken when there is one."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def unit(self) -> str | None: ...


@dataclass(frozen=True)
class ProfileRow:
    """One attribute among the members of one segment.

    ``segment_label`` is the clusterer's integer, None for everyone; ``label`` the attribute in words.
    The other fields are those of `db.models.SegmentProfile`; a histogram has ``below``, ``above`` (see
    `histograms.count_in`) and ``grid`` (see `histograms.grid`) too. A date has its quantiles and edges as ISO
    dates, its sd in days and no mean.
    """

    segment_label: int | None
    attribute: str
    label: str
    kind: str
    unit: str | None
    used: bool
    customers: int
    missing: int
    mean: float | None
    sd: float | None
    quantiles: dict[str, Any] | None
    histogram: dict[str, Any] | None
    levels: list[dict[str, Any]] | None
    effect: float | None
    role: str | None = None

    def stored(self) -> dict[str, Any]:
        """The columns of `db.models.SegmentProfile`, but for the run and the segment."""
        return {name: value for name, value in asdict(self).items() if name not in ("segment_label", "role")}


def profile(
    frame: pd.DataFrame, labels: np.ndarray, k: int, columns: Sequence[Column], used: Iterable[str]
) -> list[ProfileRow]:
    """Profile every column, for everyone and for each label.

    Parameters
    ----------
    frame : DataFrame of shape (n_customers, >= len(columns))
        Numbers and flags as float with NaN, categories and text as object or str with None, dates as datetime64.
    labels : ndarray of int, shape (n_customers,)
        In 0..k-1; a label without members gets rows with 0 customers.
    k : int
        Number of labels.
    columns : sequence of Column
        What to profile, in this order; each a column of `frame`.
    used : iterable of str
        Names of the columns that formed the segments.

    Returns
    -------
    list of ProfileRow
        ``len(columns) * (k + 1)`` rows: per column everyone first (``segment_label`` None), then the labels
        in order. Missing values are counted in ``missing`` and left out of every other figure. ``sd`` is that
        of the members (divided by n). ``effect`` of numbers, flags and dates is (mean - everyone's mean) /
        everyone's sd, 0 where nobody differs; of a category log2 of the lift furthest from 1.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> age = SimpleNamespace(name="age", label="Age", kind="number", unit="years")
    >>> frame = pd.DataFrame({"age": [20.0, 30.0, 40.0, np.nan]})
    >>> everyone, young, old = profile(frame, np.array([0, 0, 1, 1]), 2, [age], {"age"})
    >>> everyone.mean, young.mean, old.mean, old.missing
    (30.0, 25.0, 40.0, 1)
    >>> round(young.effect, 3)  # (25 - 30) / 8.165
    -0.612
    """
    used = set(used)
    labels = np.asarray(labels)
    groups = _Groups(np.argsort(labels.astype(np.uint8), kind="stable"), np.bincount(labels, minlength=k))
    rows: list[ProfileRow] = []
    for column in columns:
        figures = _figures(frame[column.name], column.kind, groups, labels, k)
        for group, figure in zip([None, *range(k)], figures, strict=True):
            rows.append(
                ProfileRow(
                    segment_label=group,
                    attribute=column.name,
                    label=column.label,
                    kind=column.kind,
                    unit=column.unit,
                    used=column.name in used,
                    role=getattr(column, "role", None),
                    **figure,
                )
            )
    return rows


@dataclass(frozen=True)
class _Groups:
    """The customers ordered by label, and how many each label has."""

    order: np.ndarray
    sizes: np.ndarray

    def split(self, values: np.ndarray) -> list[np.ndarray]:
        return np.split(values[self.order], np.cumsum(self.sizes)[:-1])


def _figures(series: pd.Series, kind: str, groups: _Groups, labels: np.ndarray, k: int) -> list[dict[str, Any]]:
    if kind == "text":
        return _text_figures(series, labels, k)
    if kind == "category":
        return _category_figures(series, labels, k)
    if kind == "date":
        days = (series.to_numpy("datetime64[ns]") - np.datetime64(0, "ns")) / DAY
        return [_dated(figure) for figure in _number_figures(days, groups)]
    figures = _number_figures(series.to_numpy(np.float64), groups)
    if kind == "flag":
        _add_flag_levels(figures)
    return figures


def _number_figures(values: np.ndarray, groups: _Groups) -> list[dict[str, Any]]:
    # Sorting each group once gives its quantiles and its histogram; a stable sort of
    # the groups behind each other only merges them, which is half the work of sorting anew.
    members = []
    for part in groups.split(values):
        part.sort()
        members.append(part[: part.size - np.count_nonzero(np.isnan(part))])
    everyone = np.sort(np.concatenate(members), kind="stable")
    edges, step = nice_edges(everyone), grid(everyone)
    centre, spread = (everyone.mean(), everyone.std()) if everyone.size else (0.0, 0.0)
    sizes = [values.size, *groups.sizes.tolist()]
    return [
        {
            "customers": int(part.size),
            "missing": int(size - part.size),
            "mean": float(part.mean()) if part.size else None,
            "sd": float(part.std()) if part.size else None,
            "quantiles": _quantiles(part),
            "histogram": count_in(part, edges) | {"grid": step} if edges is not None else None,
            "levels": None,
            "effect": _effect(part, centre, spread),
        }
        for part, size in zip([everyone, *members], sizes, strict=True)
    ]


def _effect(members: np.ndarray, centre: float, spread: float) -> float | None:
    if not members.size:
        return None
    # Rounding leaves a constant column a spread of some 1e-17 of its size: that is nobody differing.
    return float((members.mean() - centre) / spread) if spread > 1e-12 * max(1.0, abs(centre)) else 0.0


def _quantiles(ordered: np.ndarray) -> dict[str, Any] | None:
    if not ordered.size:
        return None
    at = np.array(list(QUANTILES.values())) * (ordered.size - 1)
    below, above = ordered[np.floor(at).astype(int)], ordered[np.ceil(at).astype(int)]
    values = below + (above - below) * (at % 1)
    return dict(zip(QUANTILES, values.tolist(), strict=True)) | {"min": float(ordered[0]), "max": float(ordered[-1])}


def _dated(figure: dict[str, Any]) -> dict[str, Any]:
    """Days since 1970 written as ISO dates."""
    figure["mean"] = None
    if figure["quantiles"]:
        figure["quantiles"] = {name: _iso(day) for name, day in figure["quantiles"].items()}
    if figure["histogram"]:
        figure["histogram"]["edges"] = [_iso(day) for day in figure["histogram"]["edges"]]
    return figure


def _iso(days: float) -> str:
    return str(np.datetime64(0, "D") + np.timedelta64(int(np.floor(days)), "D"))


def _add_flag_levels(figures: list[dict[str, Any]]) -> None:
    counts = np.array(
        [
            [round(f["customers"] * (f["mean"] or 0.0)), round(f["customers"] * (1 - (f["mean"] or 0.0)))]
            for f in figures
        ]
    )
    for figure, levels in zip(figures, _levels(["yes", "no"], counts), strict=True):
        figure["levels"] = levels if figures[0]["customers"] else None


def _category_figures(series: pd.Series, labels: np.ndarray, k: int) -> list[dict[str, Any]]:
    codes, names = pd.factorize(series)  # missing: -1
    present = codes >= 0
    table = np.bincount(labels[present] * len(names) + codes[present], minlength=k * len(names)).reshape(k, -1)
    table = np.vstack([table.sum(axis=0), table])
    # Most frequent first; ties by name, so that the order of the rows changes nothing.
    shown = sorted(range(len(names)), key=lambda i: (-table[0, i], str(names[i])))[:MAX_LEVELS]
    sizes = np.array([labels.size, *np.bincount(labels, minlength=k)])
    all_levels = _levels([str(names[i]) for i in shown], table[:, shown], table.sum(axis=1))
    return [
        _no_numbers(int(counts.sum()), int(size - counts.sum()))
        | {
            "levels": levels if len(names) else None,
            "effect": level_effect(levels, all_levels[0]) if counts.sum() else None,
        }
        for counts, size, levels in zip(table, sizes, all_levels, strict=True)
    ]


def _text_figures(series: pd.Series, labels: np.ndarray, k: int) -> list[dict[str, Any]]:
    present = series.notna().to_numpy()
    filled, sizes = np.bincount(labels[present], minlength=k), np.bincount(labels, minlength=k)
    return [
        _no_numbers(int(n), int(size - n))
        for n, size in zip([filled.sum(), *filled], [sizes.sum(), *sizes], strict=True)
    ]


def _no_numbers(customers: int, missing: int) -> dict[str, Any]:
    nothing = dict.fromkeys(("mean", "sd", "quantiles", "histogram", "levels", "effect"))
    return {"customers": customers, "missing": missing, **nothing}


def _levels(names: list[str], counts: np.ndarray, totals: np.ndarray | None = None) -> list[list[dict[str, Any]]]:
    """Per row of `counts` (everyone first) the levels with share and lift; lift is None where nothing is expected."""
    totals = counts.sum(axis=1) if totals is None else totals
    shares = counts / np.maximum(totals, 1)[:, None]
    lifts = np.divide(
        shares, shares[0], out=np.full(shares.shape, np.nan), where=(shares[0] > 0) & (totals > 0)[:, None]
    )
    return [
        [
            {"level": name, "customers": int(n), "share": float(share), "lift": float(lift) if lift == lift else None}
            for name, n, share, lift in zip(names, *row, strict=True)
        ]
        for row in zip(counts, shares, lifts, strict=True)
    ]


def level_effect(levels: list[dict[str, Any]], everyone: list[dict[str, Any]]) -> float:
    """log2 of the lift furthest from 1, in either direction; 0 where nothing stands out.

    Levels that 10 members neither have nor would be expected to have are left out, as on screen. A level
    nobody has counts as half a member, so that the figure stays finite.

    Parameters
    ----------
    levels, everyone : list of dict
        The same levels in the same order among the members and among everyone.

    Examples
    --------
    >>> everyone = [{"customers": 80, "share": 0.4}, {"customers": 120, "share": 0.6}]
    >>> round(level_effect([{"customers": 40, "share": 0.8}, {"customers": 10, "share": 0.2}], everyone), 3)
    -1.585
    """
    members = next((level["customers"] / level["share"] for level in levels if level["share"]), 0.0)
    effects = [0.0]
    for level, base in zip(levels, everyone, strict=True):
        expected = base["share"] * members
        if expected > 0 and not too_few(max(level["customers"], expected)):
            effects.append(float(np.log2(max(level["customers"], 0.5) / expected)))
    return max(effects, key=abs)
