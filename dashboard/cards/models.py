"""What the models page shows of the versions of a dataset."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard.cards.checks import checked_words, reality_card, separation_words, stability_card
from dashboard.cards.preparation import preparation_table
from dashboard.cards.selection import found_by_k, how_it_assigns, selection_card
from dashboard.cards.verdict import verdict_line
from dashboard.datasets import address
from dashboard.figures.models import Criterion, criteria_of, criterion_figure
from dashboard.formatting import (
    algorithm,
    counted,
    day,
    duration,
    in_words,
    made_by,
    moment,
    number,
    percent,
    sentence,
    statistic,
)
from dashboard.theme import Theme
from segmentation.findings import Finding
from segmentation.trust import in_use_words, of_everyone, stands_out


def models_head(models: Sequence[Any], slug: str | None, trust: Sequence[Finding]) -> html.Div:
    """The finding of the version in use, and how far its segments carry."""
    champion = champion_of(models)
    if champion is None:
        lede = "Choose what customers shall be told apart by, and train. Nothing in your data changes."
        return c.page_head("No segments yet", lede, trail=[("Models", None)])
    train = c.link_button("Train a new version", "#models--train-card", primary=True)
    touch, lede = separation_words(champion)
    reality, metrics = champion.reality_check, champion.metrics
    grouped = reality is not None and reality["verdict"] == "groups"
    checked = checked_words(champion) if stands_out(reality, champion.k, metrics) or not grouped else ""
    title = f"{sentence(in_words(champion.k))} segments{checked or touch}"
    grade = lede.partition(":")[0]  # how many sit in between is counted, on the overview
    said = [f"{grade}." if grade else "", in_use_words(reality, champion.k, metrics)]
    trail, above = [("Models", None)], verdict_line(trust)
    return c.page_head(title, " ".join(filter(None, said)), [train], trail=trail, above=above)


def champion_of(models: Sequence[Any]) -> Any:
    """The version in use; None when there is none."""
    return next((model for model in models if model.champion), None)


def criteria_card(theme: Theme, model: Any) -> html.Section:
    """Small charts, one per criterion, over the numbers of segments tried."""
    rows = model.selection
    criteria = criteria_of(rows)
    if not found_by_k(model):
        return selection_card(model)
    if by_hand := model.parameters.get("by_hand"):
        return c.card(selection_title(model), c.empty(f"{by_hand} Other numbers were not tried."))
    if len(rows) < 2 or not criteria:
        text = f"Only {model.k} segments were tried, as asked. Let Kindred recommend a number to compare 2 to 10."
        return c.card(f"{sentence(in_words(model.k))} segments, as asked", c.empty(text))
    charts = [
        html.Div(
            [
                html.H3(criterion.title),
                html.P(_needed(criterion), className="k-sub"),
                c.graph(
                    {"page": "models", "criterion": criterion.key},
                    criterion_figure(theme, rows, criterion, model.k),
                    f"{criterion.title} for {rows[0]['k']} to {rows[-1]['k']} segments",
                    height=168,
                ),
            ]
        )
        for criterion in criteria
        if criterion.title
    ]
    return c.card(
        selection_title(model),
        html.Div(charts, className="k-multiples"),
        caption="Each number of segments that was tried; the filled dot is in use.",
    )


def _needed(criterion: Criterion) -> str:
    """What the dashed line stands for; without one what is better."""
    return criterion.better if criterion.needed is None else f"{criterion.written(criterion.needed)} needed, dashed"


def selection_title(model: Any) -> str:
    """Whether the number in use is the recommended one; of one asked for, none is."""
    if model.parameters.get("by_hand"):
        return f"{sentence(in_words(model.k))} segments, made by hand"
    recommended = next((row["k"] for row in model.selection if row.get("recommended")), None)
    if recommended is None:
        return f"{sentence(in_words(model.k))} segments, as asked"
    if recommended == model.k:
        return f"{sentence(in_words(model.k))} is the recommended number of segments"
    return f"{sentence(in_words(recommended))} is recommended, {in_words(model.k)} was chosen"


def meaning_card(model: Any) -> html.Section:
    """Why this number, and what the columns mean."""
    entries = [html.Div([html.Dt(k.column), html.Dd(k.meaning)]) for k in criteria_of(model.selection)]
    return c.card(
        f"Why {in_words(model.k)}",
        html.P(model.reason),
        html.H3("What the columns mean", className="k-gap"),
        html.Dl(entries, className="k-terms side"),
        caption="Kept with the version",
    )


def preparation_card(model: Any) -> html.Section:
    """What went into the model and how each input was prepared."""
    used = [entry for entry in model.preparation if not entry.get("excluded")]
    left_out = [entry for entry in model.preparation if entry.get("excluded")]
    extra = (
        [
            html.Details(
                [
                    html.Summary(f"{counted(len(left_out), 'attribute')} left out"),
                    c.table([c.Column("Attribute"), c.Column("Why")], [[e["label"], e["excluded"]] for e in left_out]),
                ],
                className="k-fold k-gap",
            )
        ]
        if left_out
        else []
    )
    return c.card(
        f"{sentence(in_words(len(used)))} {'input' if len(used) == 1 else 'inputs'} went in",
        html.P(_prepared_how(used, model.customers)),
        html.Details(
            [html.Summary("What was done to each input"), preparation_table(used, model.customers)], className="k-fold"
        ),
        *extra,
        caption=f"Recipe “{model.recipe_label}”, as of {day(model.as_of)}",
        data_is_body=True,
        footer=_everybody(model),
    )


def _prepared_how(used: Sequence[dict[str, Any]], customers: int) -> str:
    """The preparation in two sentences; what was done to each is in the table."""
    straightened = sum(bool(entry.get("transform")) for entry in used)
    capped = sum(bool(entry.get("clipped")) for entry in used)
    done = [f"{counted(straightened, 'skewed input')} straightened"] if straightened else []
    done += [f"extremes capped in {in_words(capped)}"] if capped else []
    said = f"{sentence(', '.join(done))}." if done else "Nothing was straightened or capped."
    missing = max(used, key=lambda entry: entry.get("missing") or 0, default=None)
    if missing is None or not missing.get("missing"):
        return f"{said} No value was missing."
    share = percent(missing["missing"] / max(customers, 1))
    return f"{said} Most often missing: {missing['label']}, for {share} of customers."


def _everybody(model: Any) -> str:
    """Nobody is dropped: all are assigned, or counted as unassigned."""
    nobody = sum(segment["size"] for segment in model.segments if not segment["colour"])
    have = model.customers - nobody
    text = f"Nobody is dropped: {number(have)} of {number(model.customers)} customers have a segment"
    return text + (f", {number(nobody)} {'is' if nobody == 1 else 'are'} unassigned" if nobody else "")


def registry_card(models: Sequence[Any]) -> html.Section:
    """Every version, newest first; any older one can be taken into use again."""
    columns = [
        c.Column("Version"), c.Column("Trained", hide_on_phone=True), c.Column("Recipe", hide_on_phone=True),
        c.Column("Segments", numeric=True), c.Column(c.term("separation"), numeric=True),
        c.Column("Customers", numeric=True, hide_on_phone=True), c.Column("Took", numeric=True, hide_on_phone=True),
        c.Column(html.Span("Use", className="visually-hidden")),
    ]  # fmt: skip
    rows = [
        [
            html.Span(
                [
                    html.A(
                        html.B(str(m.version)), href=address(f"/models/{m.version}", m.dataset), **_page_of(m.version)
                    ),
                    html.Small(m.recipe_label, className="k-sub k-only-sm"),
                    passport_link(m.version),
                ]
            ),
            html.Span([moment(m.created_at), html.Small(f" {made_by(m.created_by)}", className="k-muted")]),
            html.Span([m.recipe_label, html.Small(f" {_made_with(m)}", className="k-muted k-hide-sm"), *_noted(m)]),
            str(m.k),
            statistic(of_everyone(m.metrics).get("silhouette")),
            number(m.customers),
            duration(m.duration_s),
            c.badge("in use", "accent") if m.champion else _promote(m.version),
        ]
        for m in models
    ]
    others = len(models) - 1
    return c.card(
        f"{sentence(in_words(others))} other {'version' if others == 1 else 'versions'} to choose from"
        if others
        else "One version of this dataset so far",
        c.table(columns, rows, hover=True, edge=True, row_classes=["is-picked" if m.champion else "" for m in models]),
        caption="Versions never change. Taking another one into use changes what every page shows.",
        data_is_body=True,
    )


def passport_link(version: int) -> html.A:
    """To the one page that says what a version rests on, to print or to send."""
    says = {"aria-label": f"Passport of version {version}"}
    return html.A("Passport", href=f"/passport/{version}", target="_blank", rel="noopener", className="k-sub", **says)


def _page_of(version: int) -> dict[str, Any]:
    return {"aria-label": f"Version {version}", "className": "k-version-link"}


def _noted(model: Any) -> list[html.Small]:
    """The analyst's note, where there is one."""
    return [html.Small(f"“{model.note}”", className="k-sub")] if model.note else []


def _made_with(model: Any) -> str:
    return f"{algorithm(model.algorithm)}, seed {model.seed}"


def _promote(version: int) -> html.Button:
    named: dict[str, Any] = {"aria-label": f"Use this: version {version}"}
    return c.button("Use this", {"page": "models", "promote": version}, small=True, **named)


def promote_question(asked: Any, champion: Any) -> str:
    """What taking `asked` into use means."""
    now = f" instead of version {champion.version} ({counted(champion.k, 'segment')})" if champion else ""
    return (
        f"Every page will show the {counted(asked.k, 'segment')} of version {asked.version}, trained on "
        f"{moment(asked.created_at)} with the recipe “{asked.recipe_label}”{now}. You can go back at any time."
    )


def recipe_options(fits: Sequence[Any]) -> list[dict[str, Any]]:
    """Recipes that fit can be chosen; the others are listed with what is missing."""
    return [
        {
            "label": fit.label if fit.fits else f"{fit.label} (does not fit: no {', no '.join(fit.missing)})",
            "value": fit.name,
            "disabled": not fit.fits,
        }
        for fit in sorted(fits, key=lambda fit: not fit.fits)
    ]


def recipe_says(fit: Any) -> Any:
    """What the chosen recipe uses."""
    return [fit.description, f" {sentence(counted(len(fit.features), 'feature'))}."]


def trained_note(job: Any, slug: str | None) -> html.Div:
    """The outcome of a training that just ended."""
    result = job.result or {}
    text = f"{sentence(counted(result.get('k', 0), 'segment'))} for every customer. {result.get('reason', '')}"
    action = c.link_button("See the segments", address("/segments", slug), small=True)
    return c.note("good", f"Version {result.get('version')} is trained", text, action)


def no_model_card() -> html.Section:
    """In the place of the criteria before the first training."""
    text = (
        "Kindred prepares the attributes, tries 2 to 10 segments, recommends a number with its reason, and gives every "
        "customer a segment. How each number did is shown here."
    )
    return c.card("Nothing has been compared yet", c.empty(text))


def no_data_card() -> html.Section:
    text = "There are no customers to tell apart. Add a customer file first; any columns will do."
    return c.card("No customers yet", c.empty(text, c.link_button("Add a customer file", "/data", primary=True)))


def models_body(theme: Theme, models: Sequence[Any], slug: str | None) -> tuple[Any, Any, Any]:
    """(beside the form, why this number and how real, registry) of the models page."""
    if slug is None:
        return no_data_card(), "", ""
    champion = champion_of(models)
    if champion is None:
        return no_model_card(), "", registry_card(models) if models else ""
    below: list[Any] = [html.Div(notes, className="k-outcome") for notes in [how_it_assigns(champion)] if notes]
    if len(champion.selection) > 1:
        below.append(c.row(c.col(12, selection_card(champion))))
    if len(champion.selection) > 1 or not found_by_k(champion):
        below.append(c.row(c.col(12, meaning_card(champion))))
    below.append(c.row(c.col(6, reality_card(theme, champion)), c.col(6, stability_card(champion))))
    return criteria_card(theme, champion), below, c.row(c.col(12, registry_card(models)))
