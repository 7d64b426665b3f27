"""What the page of one model version is made of: how it stands, what it was made of, and the way back."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.checks import checked_words, reality_card, separation_words, stability_card
from dashboard.cards.explanation import surrogate_card
from dashboard.cards.models import criteria_card, how_it_assigns, meaning_card, preparation_card, selection_card
from dashboard.cards.segments import segment_address
from dashboard.cards.verdict import verdict_line
from dashboard.datasets import address
from dashboard.theme import Theme
from segmentation.findings import silhouette_word
from segmentation.modelling.stability import stability_word

SETTINGS = {
    "eps": "Reach of a crowd (eps)", "min_samples": "Customers that make a crowd (min_samples)",
    "min_cluster_size": "Smallest crowd (min_cluster_size)", "formed_on": "Formed on a sample of",
}  # fmt: skip
FILES = 3  # named of those a version was trained on


def model_address(slug: str | None, version: int) -> str:
    """The page of a version."""
    return address(f"/models/{version}", slug)


def compare_address(slug: str | None, first: int, second: int) -> str:
    """The page that compares two versions."""
    return address("/models/compare", slug, a=str(first), b=str(second))


def head(page: Any) -> Any:
    """The finding of the version, where it stands, and what can be done with it."""
    model = page.model
    touch, _ = separation_words(model)
    title = f"Version {model.version}: {f.in_words(model.k)} segments{checked_words(model) or touch}"
    other = model.parent if model.parent in page.others else next(iter(page.others), None)
    actions = []
    if other is not None:
        actions.append(
            c.link_button(f"Compare with version {other}", compare_address(model.dataset, other, model.version))
        )
    actions.append(html.A("Passport", href=f"/passport/{model.version}", target="_blank",
                          className="btn btn-outline-secondary"))  # fmt: skip
    trail = [("Models", address("/models", model.dataset)), (f"Version {model.version}", None)]
    return c.page_head(title, standing(page), actions, trail=trail, above=verdict_line(page.trust))


def standing(page: Any) -> str:
    """Whether it is in use, and its place among the versions of the dataset; versions are counted over all datasets."""
    model = page.model
    if model.champion:
        use = f"In use since {f.day(model.promoted_at)}"
    elif model.promoted_at:
        use = f"Not in use; last taken into use on {f.day(model.promoted_at)}"
    else:
        use = "Never in use"
    where = f"the only model of {page.dataset_name}"
    if page.of > 1:
        where = f"model {page.place} of {page.of} trained on {page.dataset_name}"
    return f"{use}. It is {where}, made on {f.moment(model.created_at)} {f.made_by(model.created_by)}."


def facts(page: Any) -> html.Dl:
    """Size, separation, stability."""
    model = page.model
    silhouette = model.metrics.get("silhouette")
    weakest = (model.stability or {}).get("weakest")
    unlike = "the customers changed since" if page.changed else "the customers have not changed since"
    return c.facts(
        c.Fact("Segments", f.number(model.k), _why_so_many(model.parameters)),
        c.Fact("Customers", f.number(model.customers), f"as of {f.day(model.as_of)}; {unlike}"),
        c.Fact(c.term("separation"), f.statistic(silhouette), _covers(model, silhouette)),
        c.Fact(
            c.term("weakest"),
            f.statistic(weakest) if weakest is not None else "not checked",
            stability_word(weakest)
            or ("merged or split by hand" if "by_hand" in model.parameters else "train with the checks to know"),
        ),
    )


def _why_so_many(parameters: Mapping[str, Any]) -> str:
    if "by_hand" in parameters:
        return "made by hand"
    return "as recommended" if parameters.get("k") == "auto" else "as asked"


def _covers(model: Any, silhouette: float | None) -> str:
    """How good a separation is, and whose it is where some are in no segment."""
    word = silhouette_word(silhouette) or ""
    everyone = model.metrics.get("everyone")
    if everyone is None:
        return word
    return f"{word}, of those in a segment; {f.statistic(everyone['silhouette'])} with the others in the nearest"


def segments_card(page: Any) -> html.Section:
    """The segments of the version; those in use lead to their pages."""
    model = page.model
    columns = [c.Column("Segment"), c.Column("Share of customers", wide=True), c.Column("Customers", numeric=True),
               c.Column(c.term("stability", "Found again"), numeric=True, hide_on_phone=True)]  # fmt: skip
    largest = max((each["size"] for each in model.segments), default=1) / max(model.customers, 1)
    rows = [
        [
            c.segment_chip(
                each["name"], each["colour"], segment_address(model.dataset, each["slug"]) if model.champion else None
            ),
            c.share_bar(each["size"] / model.customers, largest, each["colour"]),
            f.number(each["size"]),
            f.percent(each["stability"]) if each["stability"] is not None else "not checked",
        ]
        for each in model.segments
    ]
    biggest = max(model.segments, key=lambda each: each["size"])
    return c.card(
        f"{biggest['name']} are the largest segment, {f.percent(biggest['size'] / model.customers, 0)} of customers",
        c.table(columns, rows, hover=True),
        caption="Sizes at training.",
        data_is_body=True,
    )


def made_of_card(page: Any) -> html.Section:
    """Everything needed to make it again."""
    model = page.model
    parameters = model.parameters
    asked = parameters.get("k")
    how = "recommended from 2 to 10" if asked == "auto" else f"{asked}, {_why_so_many(parameters)}"
    settings = parameters.get("settings") or {}
    told = [
        ("Recipe", f"“{model.recipe_label}”, version {model.recipe_version}"),
        ("Method", f.algorithm(model.algorithm)),
        ("Segments", how),
        ("Starts", f.number(parameters.get("n_init"))),
        (
            "Preparation",
            "plain: nothing straightened, capped or weighted"
            if parameters.get("plain")
            else "skewed numbers straightened, extremes capped, categories weighted",
        ),
        *((SETTINGS.get(name, name), _setting(value)) for name, value in settings.items()),
        ("Seed", str(model.seed)),
        ("Customers", f"{f.number(model.customers)}, ages and tenures to {f.day(model.as_of)}"),
        ("Files", _files(page.files)),
        ("Compared with", f"version {model.parent}" if model.parent else "nothing: no version was in use"),
        ("Trained", f"{f.moment(model.created_at)}, in {f.duration(model.duration_s)}"),
        ("By", _who(model.created_by)),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in model.libraries.items())),
    ]
    parts = [part for name, text in told for part in (html.Dt(name), html.Dd(text))]
    return c.card(
        "The same seed and customers give it again",
        html.Dl(parts, className="k-dl k-made-of"),
        caption="What this version was made with; it never changes.",
        footer=f"Version numbers count the models of all datasets. This is model {page.place} of {page.dataset_name}.",
    )


def _who(name: str) -> str:
    return f.made_by(name).removeprefix("by ") or f.MISSING


def _setting(value: Any) -> str:
    return f.plain(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _files(files: Sequence[str]) -> str:
    if not files:
        return "none is known any more"
    more = f" and {f.counted(len(files) - FILES, 'earlier file')}" if len(files) > FILES else ""
    return f.listed(list(files[:FILES])) + more if not more else ", ".join(files[:FILES]) + more


def history_card(page: Any) -> html.Section:
    """Which version was in use when; any of them can be taken back."""
    columns = [
        c.Column("Version"),
        c.Column("In use from"),
        c.Column("Until"),
        c.Column("Taken by", hide_on_phone=True),
    ]
    rows = [
        [
            html.A(f"Version {each.version}", href=model_address(page.model.dataset, each.version)),
            f.moment(each.since),
            f.moment(each.until) if each.until else c.badge("in use", "accent"),
            _who(each.by),
        ]
        for each in page.history
    ]
    if not rows:
        return c.card("No version was ever in use", c.empty("Take one into use to show its segments on every page."))
    times = len(page.history) - 1
    title = "The version in use never changed" if not times else f"The version in use changed {_times(times)}"
    picked = ["is-picked" if each.version == page.model.version else "" for each in page.history]
    return c.card(
        title, c.table(columns, rows, row_classes=picked, edge=True), caption="Newest first", data_is_body=True
    )


def _times(n: int) -> str:
    return "once" if n == 1 else "twice" if n == 2 else f"{f.in_words(n)} times"


def compare_card(page: Any) -> html.Section:
    """Every other version, to hold this one against."""
    model = page.model
    links = [
        html.Li(html.A(f"Version {other}", href=compare_address(model.dataset, other, model.version)))
        for other in page.others[:10]
    ]
    if not links:
        text = "There is nothing to compare with: this is the only version. Train another to see who would move."
        return c.card("No other version yet", c.empty(text))
    return c.card(
        "Hold it against another version",
        html.Ul(links, className="k-versions"),
        caption="Metrics side by side, how far they agree, and who moves where",
    )


def body(theme: Theme, page: Any) -> list[Any]:
    """Everything below the story and the note."""
    model = page.model
    several = len(model.selection) > 1
    notes = [c.note("warn", gap.title, gap.text) for gap in page.gaps] + how_it_assigns(model)
    rows: list[Any] = [html.Div(notes, className="k-outcome")] if notes else []
    rows += [
        c.row(c.col(6, reality_card(theme, model)), c.col(6, stability_card(model))),
        c.row(c.col(7, segments_card(page)), c.col(5, compare_card(page), history_card(page))),
        c.row(c.col(12, criteria_card(theme, model))),
    ]
    if several:
        rows += [c.row(c.col(12, selection_card(model))), c.row(c.col(12, meaning_card(model)))]
    rows.append(c.row(c.col(12, preparation_card(model))))
    surrogate = (page.explanation or {}).get("surrogate")
    rows.append(c.row(c.col(7, surrogate_card(surrogate, page.labels, model.seed)), c.col(5, made_of_card(page))))
    return rows


def use_question(page: Any, champion: Any) -> str:
    """What taking this version into use, again or for the first time, means."""
    model = page.model
    now = f" instead of version {champion.version} ({f.counted(champion.k, 'segment')})" if champion else ""
    return (
        f"Every page will show the {f.counted(model.k, 'segment')} of version {model.version}{now}. "
        "Segments that both have keep their names, colours and plays. You can go back at any time."
    )


def note_title(model: Any) -> str:
    """What the note is for: why another number was chosen than the recommended one, where that is so."""
    recommended = next((row["k"] for row in model.selection if row.get("recommended")), None)
    if recommended is None or recommended == model.k:
        return "Note anything the next person should know about this version."
    return (
        f"{f.sentence(f.in_words(recommended))} segments are recommended, {f.in_words(model.k)} were chosen: note why."
    )
