"""The rules of a segment in words, and how well other methods tell the segments apart."""

from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f

CLASSIFIERS = {
    "logistic_regression": "Logistic regression",
    "random_forest": "Random forest",
    "gradient_boosting": "Gradient boosting",
}
ALMOST_ALL = 0.9


def rule_card(detail: Any) -> html.Section:
    """What tells the segment in the units of the file: sentences, whom they find, who of those belongs."""
    rule, colour = detail.rule, detail.summary.colour
    if rule is None:
        text = "Rules are looked for when a model is trained with its checks. Train again to have them."
        return c.card("No rule was looked for", c.empty(text))
    if not rule.alternatives:
        text = "No few conditions tell its members from everybody else: it differs in many things a little."
        return c.card("No short rule describes this segment", c.empty(text))
    sentences = [html.P(f.sentence(text), className="k-rule") for text in rule.sentences]
    between = [part for each in sentences for part in (html.P("or", className="k-muted k-small"), each)][1:]
    figures = html.Dl(
        [
            html.Dt(c.term("coverage", "Finds of the segment")), html.Dd(c.share_bar(rule.coverage, 1.0, colour)),
            html.Dt(c.term("exclusivity", "Belong, of those found")),
            html.Dd(c.share_bar(rule.exclusivity, 1.0, colour)),
            html.Dt("Customers it matches"), html.Dd(f.number(rule.caught)),
        ],
        className="k-dl k-rule-figures",
    )  # fmt: skip
    if rule.good:
        badge = c.badge("good to use outside Kindred", "good", "check")
        says = "Both figures are at least 80%: a mailing tool that knows only these columns can pick the segment."
    else:
        badge = c.badge("a summary only", "warn", "warn")
        says = "Use the segment’s list of members: 80% of both figures would be needed to pick it by this rule."
    return c.card(
        rule_title(rule),
        html.Div(between),
        figures,
        html.P(badge, className="k-gap"),
        html.P(says, className="form-text"),
        caption="A summary in the units of your file; the model itself compares distances.",
        footer=f"Counted over {f.counted(rule.rows, 'customer')}. Who has no value meets no condition."
        + (" The rules are a summary: no method tells the segments apart in 90%." if detail.summary_only else ""),
    )


def rule_title(rule: Any) -> str:
    """The finding of the rule's card."""
    n = len(rule.alternatives)
    subject = "One rule finds" if n == 1 else f"{f.sentence(f.in_words(n))} rules find"
    how_many = "almost all of them" if rule.coverage >= ALMOST_ALL else f"{f.percent(rule.coverage, 0)} of them"
    if rule.good:
        return f"{subject} {how_many}"
    if rule.coverage < 0.8:
        return f"{subject} only {f.percent(rule.coverage, 0)} of them"
    others = f.percent(1 - rule.exclusivity, 0)
    return f"{subject} {how_many}, but {others} of those found are others"


def surrogate_card(surrogate: Any, names: dict[int, str], seed: int) -> html.Section:
    """How well three classifiers relearn the segments from their inputs, and where they mistake one for another.

    Parameters
    ----------
    surrogate : mapping or None
        As stored in ``model_version.explanation``.
    names : dict of int to str
        Segment by label.
    """
    if surrogate is None:
        text = "Training with the checks tests whether other methods find the same segments in the same inputs."
        return c.card("Whether the segments can be relearnt was not tested", c.empty(text))
    best = next(each for each in surrogate["classifiers"] if each["name"] == surrogate["best"])
    columns = [c.Column("Method"), *(c.Column(name, True) for name in ("Accuracy", "Precision", "Recall", "F1"))]
    rows = [
        [CLASSIFIERS[each["name"]]]
        + [f.percent(each[name]) for name in ("accuracy", "macro_precision", "macro_recall", "macro_f1")]
        for each in surrogate["classifiers"]
    ]
    picked = ["is-picked" if each is best else "" for each in surrogate["classifiers"]]
    worth = [[each["label"], f.change(-100 * each["mean"], 1)] for each in surrogate["importances"][:8]]
    confused = [
        [names.get(label, str(label)), *(f.number(count) for count in counts)]
        for label, counts in zip(surrogate["labels"], best["confusion"], strict=True)
    ]
    told = [names.get(label, str(label)) for label in surrogate["labels"]]
    sample = "" if surrogate["rows"] == surrogate["customers"] else f" of {f.number(surrogate['customers'])}, a sample"
    title = f"Other methods tell the segments apart in {f.percent(best['macro_f1'], 0)}"
    return c.card(
        f"{title}: the rules are a summary" if surrogate["summary_only"] else title,
        c.table(columns, rows, edge=True, row_classes=picked),
        html.Details(
            [
                html.Summary(f"Whom {f.inside(CLASSIFIERS[best['name']])} takes for whom"),
                c.table([c.Column("In fact"), *(c.Column(name, True) for name in told)], confused, edge=True),
            ],
            className="k-fold k-gap",
        ),
        html.H3("What accuracy loses without an input, in points", className="k-gap"),
        c.table([c.Column("Input shuffled"), c.Column("Change", True)], worth, edge=True),
        caption="Each method is tested on customers it never saw; precision, recall and F1 count every segment alike.",
        footer=f"{f.counted(surrogate['rows'], 'customer')}{sample}, {surrogate['folds']} folds, seed {seed}.",
    )
