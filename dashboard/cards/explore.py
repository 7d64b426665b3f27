"""What the Explore page is made of: the columns, one of them, and which go together."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.customers import cell
from dashboard.datasets import address
from dashboard.figures.explore import LEVELS_SHOWN, column_figure
from dashboard.theme import Theme
from segmentation.exploration import FENCE, strength_word
from segmentation.explore_views import GAPPY, ordered
from segmentation.withholding import FEW

ROWS = 25
PARTNERS = 12
LOPSIDED = 0.3  # sd between mean and median that is worth a word
KINDS = {"number": "Number", "category": "Category", "flag": "Yes or no", "date": "Date", "text": "Text"}
MEASURES = {
    "pearson": "Spearman’s rank correlation", "cramers_v": "Cramér’s V", "correlation_ratio": "correlation ratio",
}  # fmt: skip
STEPS = ((0.1, "0"), (0.3, "1"), (0.5, "2"))  # of a strength, upper ends


def can_look(view: Any) -> bool:
    """Whether there are customers enough to look at."""
    return bool(view.customers >= FEW)


def nothing(slug: str | None, view: Any, kept: str = "") -> list[Any]:
    """No customers, too few (or that the filter `kept` finds), or not looked at yet."""
    trail = [("Explore", None)]
    if kept:
        lede = f"Columns are described of {FEW} customers or more. Choose another filter, or everybody."
        return [c.page_head(f"{kept}: {f.counted(view.customers, 'customer')}, too few to describe", lede, trail=trail)]
    if view is not None and can_look(view):
        lede = "Every value of every column is read once; you can leave the page meanwhile."
        return [c.page_head(f"{f.counted(view.customers, 'customer')}, not looked at yet", lede, trail=trail)]
    said = "No customers yet" if view is None or not view.customers else "Too few customers to describe"
    text = f"With {FEW} customers or more this page shows how the values of every column lie."
    action = c.link_button("Add a customer file", address("/data", slug), primary=True)
    return [c.page_head(said, trail=trail), c.row(c.col(6, c.card("Nothing to show yet", c.empty(text, action))))]


def head(slug: str, view: Any, kept: str = "") -> html.Div:
    """The strongest pair, or what is missing; of everybody, or of whom the filter `kept` finds."""
    labels = {each.name: each.label for each in view.columns}
    gaps = sum(1 for each in view.columns if each.missing)
    title = f"{f.counted(len(view.columns), 'column')}, " + (
        f"{f.in_words(gaps)} with missing values" if gaps else "none with missing values"
    )  # fmt: skip
    lede = "The data as it came, before any model."
    if kept:
        title = f"{kept}: {f.counted(view.customers, 'customer')}, {title}"
        lede = "Only whom this filter finds."
        if view.looked is not None:
            lede = f"Only whom this filter finds; the figures are of {f.number(view.looked)} of them, drawn at random."
    if view.pairs:
        pair = view.pairs[0]
        lede += (
            f" {labels[pair.first]} and {f.inside(labels[pair.second])} go "
            f"together most ({strength_word(pair.strength)}, {f.statistic(_signed(pair))})."
        )
    action = c.link_button("Choose what forms the segments", address("/recipes", slug), primary=True)
    stale = []
    if view.state == "stale":
        stale = [c.note("", "The customers changed since", f"The figures are those of {f.moment(view.computed_at)}.")]
    return html.Div([c.page_head(title, lede, [action], trail=[("Explore", None)]), *stale])


def _signed(pair: Any) -> float:
    return float(pair.value if pair.rank_value is None else pair.rank_value)


def facts(view: Any) -> html.Dl:
    """Columns, gaps, far values, pairs."""
    cells = sum(each.customers + each.missing for each in view.columns)
    missing, far = sum(each.missing for each in view.columns), [each for each in view.columns if each.far_values]
    return c.facts(
        c.Fact("Customers", f.number(view.customers), f"with {f.counted(len(view.columns), 'column')}"),
        c.Fact("Missing values", f.percent(missing / cells), f"{f.number(missing)} of {f.number(cells)}"),
        c.Fact(c.term("far_values", "Columns with far values"), f.number(len(far)), "beyond three quartile ranges"),
        c.Fact(c.term("together", "Strong pairs"), f.number(view.strong), f"of {f.number(view.compared)} compared"),
    )  # fmt: skip


def column_options(view: Any) -> list[dict[str, str]]:
    """Every column to choose."""
    return [{"label": f.with_unit(each.label, each.unit), "value": each.name} for each in view.columns]


def telling(view: Any) -> str:
    """The column a first visit sees: the first of the strongest pair, else the first column."""
    return str(view.pairs[0].first if view.pairs else view.columns[0].name)


def column_card(theme: Theme, slug: str, view: Any, name: str, kept: str = "") -> html.Section:
    """How the values of one column lie among everyone, or whom the filter `kept` finds."""
    column = next(each for each in view.columns if each.name == name)
    told = _figures(column)
    listed = html.Dl([part for label, value in told for part in (html.Dt(label), html.Dd(value))], className="k-dl")
    action = html.A("See the customers", href=address("/customers", slug, **_with(kept)))
    if column.levels is None and column.histogram is None:
        text = "Texts are read, not counted." if column.customers else "Nobody has a value in this column."
        return c.card(_title(column), c.empty(text), listed, footer=action)
    says = f"{_title(column)}. {'; '.join(f'{label}: {value}' for label, value in told)}"
    return c.card(
        _title(column),
        c.graph({"page": "explore", "column": name}, column_figure(theme, column), says, height=300),
        listed,
        caption=_caption(column),
        data=_data(column),
        footer=action,
    )


def _with(kept: str) -> dict[str, str]:
    return {"filter": kept} if kept else {}


def _title(column: Any) -> str:
    """The finding of a column: gaps, far values, a lean, or where most are."""
    label = column.label
    if not column.customers:
        return f"{label}: nobody has a value"
    if column.distinct == 1:
        return f"{label}: everybody has the same value"
    if column.missing_share > GAPPY:
        return f"{label}: {f.percent(column.missing_share, 0)} are missing"
    if column.far_values:
        far = column.far
        where = "above" if far["above"] >= far["below"] else "below"
        bound = f.observed(far["high" if where == "above" else "low"], label)
        return f"{label}: {f.counted(far[where], 'value')} far {where} the others ({where} {bound})"
    if column.levels:
        top = column.levels[0] if column.kind != "flag" else max(column.levels, key=lambda each: each["customers"])
        return f"{label}: {f.percent(top['share'], 0)} {'say' if column.kind == 'flag' else 'are'} {top['level']}"
    if column.quantiles is None:
        return f"{label}: {f.counted(column.distinct, 'different text')}"
    low, high = (_at(column, each) for each in ("0.25", "0.75"))
    lean = "; a few high values pull the average up" if column.skew > LOPSIDED else ""
    return f"{label}: half lie between {low} and {high}{lean}"


def _at(column: Any, quantile: str) -> str:
    value = column.quantiles[quantile]
    if column.kind == "date":
        return f.day(date.fromisoformat(value))
    return f.observed(float(value), column.label)


def _caption(column: Any) -> str:
    if column.levels is not None:
        n = min(len(column.levels), LEVELS_SHOWN)
        return f"Customers with each value{f', the {n} most frequent' if column.distinct > n else ''}."
    cut = column.histogram["below"] + column.histogram["above"]
    beyond = f" {f.counted(cut, 'value')} beyond the picture." if cut else ""
    return f"Customers by value: the higher a bar, the more have it.{beyond}"


def _figures(column: Any) -> list[tuple[str, str]]:
    told = [("Missing", f"{f.number(column.missing)} ({f.percent(column.missing_share)})"),
            ("Different values", f.number(column.distinct))]  # fmt: skip
    if column.quantiles and column.kind != "flag":
        told += [("Lowest to highest", f"{_at(column, 'min')} to {_at(column, 'max')}"), ("Median", _at(column, "0.5"))]
        if column.mean is not None:
            told.append(("Average", f.average(column.mean, column.label)))
    if column.far:
        low, high = (f.observed(column.far[side], column.label) for side in ("low", "high"))
        sides = [f"under {low}"] * (column.far["below"] > 0) + [f"over {high}"] * (column.far["above"] > 0)
        bounds = f.listed(sides or [f"none under {low}", f"over {high}"], "or")
        told.append(("Far values", f"{f.number(column.far_values)} ({bounds})"))
    return told


def _data(column: Any) -> Any:
    if column.levels is not None:
        rows = [[each["level"], f.number(each["customers"]), f.percent(each["share"])] for each in column.levels]
        return c.data_of([column.label, "Customers", "Share"], rows)
    edges, counts = column.histogram["edges"], column.histogram["counts"]
    named = [cell(_day(each) if column.kind == "date" else each, column.kind, column.label) for each in edges]
    rows = [
        [f"{low} to {high}", f.number(n), f.percent(n / column.customers)]
        for (low, high), n in zip(pairwise(named), counts, strict=True)
    ]
    ends = [("below", f"under {named[0]}"), ("above", f"over {named[-1]}")]
    rows += [[text, f.number(column.histogram[side]), f.percent(column.histogram[side] / column.customers)]
             for side, text in ends if column.histogram[side]]  # fmt: skip
    return c.data_of([column.label, "Customers", "Share"], rows)


def _day(text: str) -> Any:
    return date.fromisoformat(text)


def partners_card(view: Any, name: str, pairs: Sequence[Any]) -> html.Section:
    """What goes together with one column, the strongest first."""
    labels = {each.name: each.label for each in view.columns}
    title = labels[name]
    if not pairs:
        text = "Texts, keys and columns in which everybody has the same value are not compared."
        return c.card(f"{title} is not compared with other columns", c.empty(text))
    best = pairs[0]
    other = best.second if best.first == name else best.first
    rows = []
    for pair in pairs[:PARTNERS]:
        partner = pair.second if pair.first == name else pair.first
        rows.append([labels[partner], _bar(pair)])
    word = strength_word(best.strength)
    finding = (
        f"{title} goes with no other column" if word == "negligible"
        else f"{title} goes with {f.inside(labels[other])} most ({word})"
    )  # fmt: skip
    columns = [c.Column("Column"), c.Column(c.term("together"), wide=True)]
    return c.card(
        finding,
        c.table(columns, rows, hover=True, caption=f"What goes together with {title}"),
        caption="0: nothing to do with each other; 1: one tells the other. Minus: one is high where the other is low.",
        data_is_body=True,
        footer=_how(view),
    )


def _bar(pair: Any) -> html.Div:
    width = f"{100 * pair.strength:.0f}%"
    return html.Div([html.I(style={"--w": width}), html.B(f.statistic(_signed(pair)))], className="k-bar soft")


def _how(view: Any) -> str:
    sampled = "" if view.sampled >= view.customers else f", on a sample of {f.number(view.sampled)} customers"
    return (
        "Numbers, dates and yes or no: Spearman’s rank correlation; categories: Cramér’s V; a category and another: "
        f"correlation ratio{sampled}."
    )


def matrix_card(view: Any, names: Sequence[str], pairs: Sequence[Any]) -> html.Section:
    """The columns of the strongest pairs against each other."""
    labels = {each.name: each.label for each in view.columns}
    found = {frozenset((pair.first, pair.second)): pair for pair in pairs}
    header = html.Tr([html.Td("", className="k-rfm-corner"),
                      *[html.Th(html.Span(labels[name]), scope="col") for name in names]])  # fmt: skip
    body = [
        html.Tr([html.Th(labels[row], scope="row"), *[_matrix_cell(found, row, column) for column in names]])
        for row in names
    ]
    table = html.Table([html.Caption("Columns against each other", className="visually-hidden"), html.Thead(header),
                        html.Tbody(body)], className="k-heat k-matrix")  # fmt: skip
    rows = [
        [f"{labels[pair.first]} and {f.inside(labels[pair.second])}", MEASURES[pair.measure],
         f.statistic(_signed(pair)), f.statistic(pair.value) if pair.rank_value is not None else f.MISSING,
         f.number(pair.customers)]
        for pair in sorted(pairs, key=lambda each: -each.strength)
    ]  # fmt: skip
    strong = [pair for pair in pairs if strength_word(pair.strength) == "strong"]
    title = "No two columns go strongly together"
    if strong:
        title = f"{f.counted(len(strong), 'pair')} of columns {'goes' if len(strong) == 1 else 'go'} strongly together"
    return c.card(
        title,
        html.Div(table, className="table-responsive", tabIndex=0),
        caption=f"The {f.in_words(len(names))} columns with the strongest pairs. Orange: high with high; blue: "
        "high with low; the deeper, the stronger. What goes strongly together counts twice in the segments.",
        data=c.data_of(["Pair", "Measure", "Strength", "Pearson", "Customers"], rows),
        footer=_how(view),
    )


def _matrix_cell(found: dict[frozenset[str], Any], row: str, column: str) -> html.Td:
    if row == column:
        return html.Td("", className="k-rfm-corner")
    pair = found.get(frozenset((row, column)))
    if pair is None:
        return html.Td("", title="not compared")
    step = next((name for upto, name in STEPS if pair.strength < upto), "3")
    side = "0" if step == "0" else f"{'p' if _signed(pair) > 0 else 'n'}{step}"
    style = {"background": f"var(--k-div-{side})"}
    return html.Td(f.statistic(_signed(pair)), style=style, title=MEASURES[pair.measure])


def list_card(slug: str, view: Any, by: str, find: str, rows: int, kept: str = "") -> tuple[html.Section, int]:
    """The columns, at most `rows` of them, and how many there are to show."""
    found = ordered(view.columns, by, find)
    shown = found[:rows]
    columns = [
        c.Column("Column"), c.Column("Kind", hide_on_phone=True), c.Column("How values lie", hide_on_phone=True),
        c.Column("Missing", True), c.Column("Typical", True), c.Column("Lowest to highest", True, hide_on_phone=True),
        c.Column(c.term("far_values"), True),
    ]  # fmt: skip
    body = [
        [
            html.A(f.with_unit(each.label, each.unit), href=address("/explore", slug, column=each.name, **_with(kept))),
            KINDS[each.kind], _sparkline(each), f.percent(each.missing_share) if each.missing else "0",
            _typical(each), _range(each), f.number(each.far_values) if each.far else "–",
        ]
        for each in shown
    ]  # fmt: skip
    gappy = sum(1 for each in view.columns if each.missing_share > GAPPY)
    far = sum(1 for each in view.columns if each.far_values)
    title = f"{_columns(far)} {'has' if far == 1 else 'have'} values far from the others"
    if gappy:
        title = f"{_columns(gappy)} {'misses' if gappy == 1 else 'miss'} more than {f.percent(GAPPY, 0)} of values"
    card = c.card(
        title,
        c.table(columns, body, hover=True, caption="Columns") if body else c.empty("No column is called that."),
        caption=f"Typical: the median, or the most frequent value. Far: beyond {FENCE:.0f} quartile ranges from the "
        "middle half. A name opens the column above.",
        data_is_body=bool(body),
        footer=f"{f.number(len(shown))} of {f.counted(len(found), 'column')}",
    )
    return card, len(found)


def _columns(n: int) -> str:
    return f"{f.sentence(f.in_words(n))} column{'s' * (n != 1)}"


def _typical(column: Any) -> str:
    if column.levels:
        top = max(column.levels, key=lambda each: each["customers"])
        return f"{top['level']} ({f.percent(top['share'], 0)})"
    return _at(column, "0.5") if column.quantiles else f.MISSING


def _range(column: Any) -> str:
    if column.kind in ("category", "text"):
        return f.counted(column.distinct, "value")
    if column.kind == "flag" or not column.quantiles:
        return "–"
    return f"{_at(column, 'min')} to {_at(column, 'max')}"


def _sparkline(column: Any) -> html.Div | str:
    """Bars of the histogram or the levels, as high as they are many; the figures stand in the column's own card."""
    counts = column.histogram["counts"] if column.histogram and column.kind != "flag" else (
        [each["customers"] for each in column.levels[:LEVELS_SHOWN]] if column.levels else []
    )  # fmt: skip
    if not counts or not max(counts):
        return ""
    bars = [html.I(style={"--h": f"{100 * n / max(counts):.0f}%"}) for n in counts]
    return html.Div(bars, className="k-spark", **{"aria-hidden": "true"})
