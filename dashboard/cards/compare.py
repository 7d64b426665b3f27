"""Two versions side by side: metrics, agreement, who moves where."""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.model import model_address
from dashboard.datasets import address
from segmentation.trust import of_everyone

VERDICTS = {"groups": "groups", "split": "a split", "none": "a way to divide"}


def head(told: Any) -> Any:
    """The finding: how many stay."""
    first, second = told.first, told.second
    trail = [("Models", address("/models", told.dataset)), (f"{first.version} and {second.version}", None)]
    lede = f"{_says(first)} against {_says(second)}."
    return c.page_head(title(told), lede, trail=trail)


def title(told: Any) -> str:
    """Who stays together, or that it is not known yet."""
    names = f"version {told.first.version} and version {told.second.version}"
    if told.moves is None:
        return f"{f.sentence(names)} side by side"
    if not told.moves.agreement.pairs:
        return f"No segment is in both {names}"
    return f"{f.percent(told.moves.agreement.stay, 0)} of customers stay together between {names}"


def _says(model: Any) -> str:
    use = ", in use" if model.champion else ""
    return f"Version {model.version} ({f.counted(model.k, 'segment')}, {f.day(model.created_at)}{use})"


def facts(told: Any) -> Any:
    """The agreement in figures."""
    if told.moves is None:
        return None
    agreement = told.moves.agreement
    moved = round((1 - agreement.stay) * agreement.customers)
    of = f.in_words(len(told.moves.rows))
    same = (
        f"{f.in_words(len(agreement.pairs))} of {of} {'is' if len(agreement.pairs) == 1 else 'are'} found in both"
        if agreement.pairs
        else "none is found in both"
    )
    return c.facts(
        c.Fact(c.term("stay"), f.percent(agreement.stay), f"{f.counted(moved, 'customer')} would move"),
        c.Fact(c.term("agreement"), f.statistic(agreement.ari), "1 is the same division, 0 is chance"),
        c.Fact("Segments", f"{told.first.k} and {told.second.k}", f.sentence(same)),
        c.Fact("Customers", f.number(agreement.customers), f"labelled by both, as of {f.day(told.moves.as_of)}"),
    )


def metrics_card(told: Any) -> html.Section:
    """One row per figure, a column per version."""
    models = (told.first, told.second)

    def row(name: Any, write: Any) -> list[Any]:
        return [name, *(write(model) for model in models)]

    def metric(name: str, write: Any = f.statistic) -> Any:
        return lambda model: write(of_everyone(model.metrics).get(name))

    rows = [
        row("Segments", lambda m: f.number(m.k)),
        row(c.term("reality", "Are the groups real"), lambda m: VERDICTS.get(m.verdict or "", "not checked")),
        row(c.term("separation", "Separation (silhouette)"), metric("silhouette")),
        row(
            c.term("weakest", "Weakest segment over the refits"),
            lambda m: _statistic((m.stability or {}).get("weakest")),
        ),
        row("Whole division over the refits", lambda m: _statistic((m.stability or {}).get("ari"))),
        row(
            c.term("davies_bouldin", "Overlap with the next (Davies-Bouldin, lower is better)"),
            metric("davies_bouldin"),
        ),
        row(
            c.term("calinski_harabasz", "Between against within (Calinski-Harabasz)"),
            metric("calinski_harabasz", f.number),
        ),
        row(
            c.term("smallest_share", "Smallest segment"),
            lambda m: f.percent(min(s["size"] for s in m.segments) / m.customers),
        ),
        row("Recipe", lambda m: f"{m.recipe_label}, version {m.recipe_version}"),
        row("Method", lambda m: f.algorithm(m.algorithm)),
        row("Seed", lambda m: str(m.seed)),
        row("Customers", lambda m: f.number(m.customers)),
        row("As of", lambda m: f.day(m.as_of)),
        row("Trained", lambda m: f"{f.moment(m.created_at)}, in {f.duration(m.duration_s)}"),
        row("Note", lambda m: m.note or "none"),
    ]
    columns = [c.Column(""), *(c.Column(_version(told.dataset, model)) for model in models)]
    return c.card(
        metrics_title(*models),
        c.table(columns, rows, hover=True),
        caption="Figures of versions on other inputs (recipe, preparation) do not compare: their distances differ. "
        "Who is in no segment counts in the nearest.",
        data_is_body=True,
    )


def metrics_title(first: Any, second: Any) -> str:
    """Which of two separates better, where they can be compared."""
    if (first.recipe, first.recipe_version) != (second.recipe, second.recipe_version):
        return "Two recipes: their figures do not compare"
    a, b = (of_everyone(model.metrics).get("silhouette") for model in (first, second))
    if a is None or b is None or round(a, 2) == round(b, 2):
        return "Both separate alike"
    better = first if a > b else second
    return f"Version {better.version} separates better ({f.statistic(max(a, b))} against {f.statistic(min(a, b))})"


def _version(slug: str, model: Any) -> Any:
    return html.A(f"Version {model.version}", href=model_address(slug, model.version))


def _statistic(value: float | None) -> str:
    return "not checked" if value is None else f.statistic(value)


def moves_card(told: Any) -> html.Section:
    """A row per segment of the first version: which share of it is in which segment of the second."""
    moves = told.moves
    counts = moves.agreement.counts
    head_cells = [html.Td(""), *(html.Th(_chip(each), scope="col") for each in moves.columns),
                  html.Th("Customers", scope="col", className="k-num k-hide-sm")]  # fmt: skip
    rows = []
    for each, row in zip(moves.rows, counts, strict=True):
        total = sum(row)
        cells = [html.Td(_share(n, total), style={"--w": f"{100 * n / total if total else 0:.0f}"}) for n in row]
        rows.append(
            html.Tr([html.Th(_chip(each), scope="row"), *cells, html.Td(f.number(total), className="k-num k-hide-sm")])
        )
    table = html.Table(
        [
            html.Caption(
                f"Shares of the segments of version {told.first.version} in those of version {told.second.version}",
                className="visually-hidden",
            ),
            html.Thead(html.Tr(head_cells)),
            html.Tbody(rows),
        ],
        className="k-flow",
    )
    names = [f"In {each['name']}" for each in moves.columns]
    data = c.data_of(
        [f"Version {told.first.version}", *names],
        [[each["name"], *map(f.number, row)] for each, row in zip(moves.rows, counts, strict=True)],
    )
    when = f"Measured on {f.moment(moves.measured_at)}" if moves.measured_at else "Measured just now"
    stale = "; the customers changed since" if moves.stale else ""
    return c.card(
        moves_title(moves),
        html.Div(table, className="table-responsive", tabIndex=0),
        caption=f"Rows: segments of version {told.first.version}. Columns: of version {told.second.version}. "
        "Of each row, the share that is in the column; the stronger the shade, the more.",
        data=data,
        footer=f"{when}, {f.counted(moves.agreement.customers, 'customer')}{stale}",
    )


def moves_title(moves: Any) -> str:
    """The largest stream of people who change their segment; who stays in one that is the same moves nowhere."""
    streams = [
        (n, sum(row), i, j)
        for i, row in enumerate(moves.agreement.counts)
        for j, n in enumerate(row)
        if (i, j) not in moves.agreement.pairs and n
    ]
    if not streams:
        return "Nobody moves"
    n, total, i, j = max(streams)
    return f"Most movement: {f.percent(n / total, 0)} of {moves.rows[i]['name']} are in {moves.columns[j]['name']}"


def _chip(each: dict[str, Any]) -> Any:
    return c.segment_chip(each["name"], each["colour"])


def _share(n: int, total: int) -> str:
    return f.percent(n / total, 0) if n and total else "–"


def unmeasured_card(told: Any) -> html.Section:
    """In the place of the table: why it is not there."""
    if told.why_not:
        return c.card("Who moves where cannot be measured", c.empty(f.sentence(told.why_not)))
    text = (
        "Both versions have to label every customer for that, which takes a while with so many. It is done once, "
        "in the background."
    )
    return c.card("Who moves where was not measured yet", c.empty(text))
