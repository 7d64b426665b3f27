"""What the recipes page shows of a recipe: its columns, one column before and after, what is saved."""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dashboard import components as c
from dashboard.datasets import address
from dashboard.figures.recipes import histogram_figure, levels_figure
from dashboard.formatting import (
    average,
    counted,
    day,
    in_words,
    inside,
    listed,
    moment,
    number,
    percent,
    sentence,
    statistic,
    with_unit,
)
from dashboard.theme import Theme

MANY = 12  # columns from which on there is a box to find one
ROLES = {
    "value": "Spending", "frequency": "How often", "recency": "How recent", "tenure": "How long a customer",
    "response": "Answers to campaigns", "engagement": "Engagement", "discount": "Discounts",
    "demographic": "Who they are", "channel": "Channel", "consent": "Consent", "id": "Customer number",
    "other": "Other", "derived": "Made of others",
}  # fmt: skip
KINDS = {"number": "number", "category": "category", "flag": "yes or no", "date": "date", "text": "text"}
TRANSFORMS = [
    {"label": "Automatic: straightened where it is skewed", "value": "auto"},
    {"label": "As it is", "value": "none"},
    {"label": "Logarithm", "value": "log1p"},
    {"label": "Straightened (Yeo-Johnson)", "value": "yeo-johnson"},
]


def head(label: str | None, features: Sequence[dict[str, Any]], sensitive: int, changed: bool) -> html.Div:
    """What customers are compared by."""
    used = [feature for feature in features if feature.get("on", True)]
    if label is None:
        return c.page_head("What customers are told apart by", trail=[("Recipes", None)])
    tells = "column tells" if len(used) == 1 else "columns tell"
    title = f"{label}{', changed' if changed else ''}: {number(len(used))} {tells} customers apart"
    if not used:
        title = "Nothing is chosen yet: switch a column on"
    said = "A recipe says which columns form the segments and how each is prepared. Saving never changes an older one."
    if sensitive:
        said = f"{sentence(in_words(sensitive))} of them {'is' if sensitive == 1 else 'are'} sensitive. {said}"
    return c.page_head(title, said, trail=[("Recipes", None)])


def nothing(slug: str | None) -> Any:
    """Without a dataset, or without customers."""
    text = "There are no customers yet. Bring a file in; then choose here by which of its columns they are told apart."
    action = c.link_button("Add a customer file", address("/data", slug), primary=True)
    return [
        c.page_head("What customers are told apart by", trail=[("Recipes", None)]),
        c.card("No columns yet", c.empty(text, action)),
    ]


def recipe_options(views: Sequence[Any]) -> list[dict[str, Any]]:
    """Recipes to start from; one that does not fit starts with what the dataset has of it."""
    return [{"label": _option(view), "value": view.name, "disabled": not view.features} for view in views]


def _option(view: Any) -> str:
    own = f", version {view.version}" if view.saved else ""
    lacks = f" (the dataset has no {listed([inside(name) for name in view.missing], 'and no')})" if view.missing else ""
    return f"{view.label}{own}{lacks}"


def columns_table(columns: Sequence[Any]) -> Any:
    """One row per column: used or not, what it is, who lacks it, what to mind."""
    heads = [
        c.Column("Column"), c.Column("What it is", hide_on_phone=True), c.Column("Missing", numeric=True),
        c.Column(html.Span("Look", className="visually-hidden")),
    ]  # fmt: skip
    rows = [[_switch(each), _kind(each), _missing(each), _look(each)] for each in columns]
    return c.table(heads, rows, hover=True, edge=True, caption="The columns a recipe can use")


def _switch(column: Any) -> Any:
    """The column's switch, with what it is made of and what to mind below."""
    switch = dbc.Switch(
        id={"page": "recipes", "on": column.name}, label=column.label, value=column.on, disabled=not column.possible
    )
    says: list[Any] = [html.Small(column.made_of, className="k-sub")] if column.made_of else []
    if column.sensitive:
        says.append(html.Small(c.badge("sensitive", "warn"), className="k-sub"))
    if column.remark:
        says.append(html.Small(sentence(column.remark), className="k-sub"))
    return html.Div([switch, *says], className="k-pick")


def _kind(column: Any) -> str:
    return f"{ROLES.get(column.role, 'Other')}, {KINDS[column.kind]}"


def _missing(column: Any) -> str:
    return percent(column.missing) if column.missing else "–"


def _look(column: Any) -> Any:
    named: dict[str, Any] = {"aria-label": f"Look at {column.label}"}
    look = {"page": "recipes", "look": column.name}
    return c.button("Look", look, small=True, disabled=not column.possible, **named)


def columns_caption(customers: int, sample: int) -> str:
    """What the figures of the list and the previews are of."""
    text = "Switch a column on or off; look at one to see how it is prepared. Missing is counted over everybody"
    return text if sample == customers else f"{text}, the rest is a preview of {counted(sample, 'customer')}"


def preview_body(theme: Theme, seen: Any) -> list[Any]:
    """A column as it is in the data, and as the segments see it."""
    told, label = seen.told, with_unit(seen.feature.label, seen.feature.unit)
    if seen.problem:
        return [c.note("warn", f"{seen.feature.label} would be left out", sentence(seen.problem) + ".")]
    parts = [html.H3("In the data"), _picture(theme, "before", seen.before, label)]
    if seen.after:
        axis = "Standard deviations from the average" if seen.feature.kind == "number" else label
        parts += [html.H3("As the segments see it", className="k-gap"), _picture(theme, "after", seen.after, axis)]
    return [
        *parts,
        html.Dl([html.Div([html.Dt(t), html.Dd(d)]) for t, d in steps(told, seen.rare)], className="k-terms"),
    ]


def _picture(theme: Theme, name: str, drawn: dict[str, Any] | None, label: str) -> Any:
    if drawn is None:
        return c.empty("Nobody has a value.")
    shown = {"page": "recipes", "preview": name}
    if "levels" in drawn:
        said = listed([f"{level} {number(n)}" for level, n in zip(drawn["levels"], drawn["counts"], strict=True)][:6])
        height = 44 + 26 * len(drawn["levels"])
        return c.graph(shown, levels_figure(theme, drawn["levels"], drawn["counts"]), f"{label}: {said}", height=height)
    low, high = drawn["edges"][0], drawn["edges"][-1]
    says = f"Customers by {inside(label)}, from {average(low, label)} to {average(high, label)}"
    return c.graph(shown, histogram_figure(theme, drawn, label), says, height=168)


def steps(told: dict[str, Any], rare: Sequence[str]) -> list[tuple[str, str]]:
    """What is done to a column on the way to the segments, step by step."""
    done = [("Missing", _imputed(told))]
    if told["kind"] == "number":
        capped = "No value is capped"
        if told.get("low") is not None:
            low, high = (average(told[end], told["label"]) for end in ("low", "high"))
            capped = f"{counted(told['clipped'], 'value')} outside {low} to {high}"
        done.append(("Capped", capped))
        how = {None: "As it is", "log1p": "Logarithm", "yeo-johnson": "Straightened (Yeo-Johnson)"}
        done.append(("Transform", f"{how[told['transform']]}: {told['why']}"))
    if told["kind"] == "category":
        merged = (
            f"{counted(len(rare), 'rare level')} joined as Other: {listed(list(rare[:6]))}" if rare else "None is rare"
        )
        done.append(("Levels", f"{merged}{' and more' if len(rare) > 6 else ''}"))
    done.append(("Weight", f"{statistic(told['weight'])}, where an ordinary number has 1"))
    return done


def _imputed(told: dict[str, Any]) -> str:
    if not told["missing"]:
        return "Nobody lacks it"
    value = told["imputed"]
    middle = (
        f"the middle value, {average(value, told['label'])}"
        if isinstance(value, float)
        else f"the most frequent, {value}"
    )
    return f"{counted(told['missing'], 'customer')} without: they count as {middle}"


def changes_list(lines: Sequence[str]) -> Any:
    """What differs from the recipe that was opened."""
    if not lines:
        return html.P("Nothing is changed yet.", className="k-muted")
    return html.Ul([html.Li(line) for line in lines], className="k-lines")


def lines_note(title: str, problems: Sequence[str]) -> Any:
    """Everything that is wrong, one line each."""
    return c.note("bad", title, html.Ul([html.Li(sentence(line)) for line in problems]))


def saved_note(view: Any) -> html.Div:
    text = f" It is {view.name} on the command line."
    return c.note("good", f"{view.label} is saved as version {view.version}.", text)


def saved_card(views: Sequence[Any]) -> html.Section | str:
    """The saved recipes, with who was trained on them."""
    own = [view for view in views if view.saved]
    if not own:
        return ""
    heads = [
        c.Column("Recipe"), c.Column("Version", numeric=True), c.Column("Columns", numeric=True, hide_on_phone=True),
        c.Column("What changed", hide_on_phone=True), c.Column("Saved", hide_on_phone=True), c.Column("Models"),
        c.Column(html.Span("Remove", className="visually-hidden")),
    ]  # fmt: skip
    rows = [
        [
            html.Span([html.B(view.label), html.Small(view.description, className="k-sub")]),
            str(view.version),
            number(view.features),
            view.note or "–",
            f"{moment(view.created_at)} by {view.created_by}" if view.created_by else day(view.created_at),
            listed([str(version) for version in view.models]) or "none yet",
            _remove(view),
        ]
        for view in own
    ]
    return c.card(
        f"{sentence(in_words(len(own)))} {'recipe' if len(own) == 1 else 'recipes'} of your own",
        c.table(heads, rows, hover=True, edge=True),
        caption="Removing takes a recipe off the list; models trained on it keep it.",
    )


def _remove(view: Any) -> html.Button:
    named: dict[str, Any] = {"aria-label": f"Remove {view.label}"}
    return c.button("Remove", {"page": "recipes", "remove": view.name}, small=True, **named)
