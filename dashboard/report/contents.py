"""What the report says: stored figures as words, made once for the page and the PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import formatting as f
from dashboard.cards.segment import difference
from dashboard.figures.profile import shown
from segmentation.errors import NotFoundError
from segmentation.services import Services


@dataclass(frozen=True)
class Size:
    """One segment among the others; ``value_share`` None where the dataset has no value."""

    name: str
    colour: int
    customers: int
    share: float
    value_share: float | None
    stability: str


@dataclass(frozen=True)
class Trait:
    """What a segment differs in: its figure, everyone's, and the distance between them in standard deviations."""

    label: str
    here: str
    everyone: str
    effect: float


@dataclass(frozen=True)
class Part:
    """The page of one segment; ``traits`` is empty where it has fewer than 10 members."""

    size: Size
    finding: str
    says: str
    facts: list[tuple[str, str]]
    traits: list[Trait]
    rule: str | None
    tests: list[tuple[str, str]]
    play: list[tuple[str, str]]


@dataclass(frozen=True)
class Dot:
    """A sampled customer on the map."""

    x: float
    y: float
    colour: int


@dataclass(frozen=True)
class Report:
    """The whole report; ``ends`` are the words at the left, right, lower and upper end of the map."""

    dataset: str
    version: int
    title: str
    lede: str
    facts: list[tuple[str, str]]
    verdict: list[tuple[str, str]]
    sizes: list[Size]
    valued: bool
    dots: list[Dot]
    drawn: str
    ends: tuple[str, str, str, str]
    parts: list[Part]
    limits: list[str]
    made: str


PLAY = {
    "objective": "Objective", "message": "Message", "channel": "Channel", "offer": "Offer", "kpi": "Measured by",
    "budget": "Budget", "avoid": "What not to do", "owner": "Owner", "due": "Due", "status": "Status",
}  # fmt: skip


def report(services: Services, slug: str) -> Report:
    """The report of the version in use.

    Raises
    ------
    NotFoundError
        There is no such dataset, or it has no segments yet.
    """
    overview = services.profiles.overview(slug)
    if overview.model is None or overview.run is None:
        raise NotFoundError(f"dataset {slug!r} has no segments yet, so there is nothing to report; train a model first")
    told = services.passports.passport(overview.model.version)
    standing = {each["slug"]: each for each in told["segments"]}
    details = [services.profiles.segment(slug, each.slug) for each in overview.segments]
    view = services.profiles.projection(slug)
    colours = {each.slug: each.colour for each in view.segments}
    dots = [
        Dot(x, y, colours[owner])
        for x, y, owner in zip(view.points["x"], view.points["y"], view.points["segment_slug"], strict=True)
    ]
    run = overview.run
    facts = [("Customers", f.number(run.customers)), ("Segments", f.number(overview.model.k))]
    if run.value is not None:
        facts += [("Spending", f.number(run.value)), ("Per customer", f.number(run.value_per_customer))]
    facts.append(("On a border", f.percent(run.borderline_share)))
    return Report(
        dataset=overview.name,
        version=overview.model.version,
        title=overview.title,
        lede=overview.lede,
        facts=facts,
        verdict=[(finding.title, finding.text) for finding in overview.trust],
        sizes=[_size(each) for each in overview.segments],
        valued=run.value is not None,
        dots=dots,
        drawn=f"Each dot is a customer, {f.number(view.shown)} of {f.number(view.customers)}",
        ends=_ends(view.components),
        parts=[_part(detail, standing[detail.summary.slug]) for detail in details],
        limits=told["limits"],
        made=(
            f"Version {overview.model.version}, recipe “{overview.model.recipe_label}”, "
            f"{overview.model.algorithm_label}, seed {told['seed']}. Customers as of {f.day(run.as_of)}, "
            f"described {f.moment(run.created_at)}."
        ),
    )


def _ends(components: Sequence[dict[str, Any]]) -> tuple[str, str, str, str]:
    words = [word for part in components[:2] for word in (part["negative_words"], part["positive_words"])]
    left, right, down, up = [*words, "", "", "", ""][:4]
    return left, right, down, up


def _size(segment: Any) -> Size:
    stable = "not checked" if segment.stability is None else f.statistic(segment.stability)
    return Size(segment.name, segment.colour, segment.customers, segment.share, segment.value_share, stable)


def _part(detail: Any, told: dict[str, Any]) -> Part:
    s = detail.summary
    facts = [("Customers", f"{f.number(s.customers)}, {f.percent(s.share)} of all")]
    if s.value is not None:
        facts.append(("Spending", f"{f.number(s.value)}, {f.percent(s.value_share)} of all"))
        facts.append(("Per customer", f.number(s.value_per_customer)))
    if not s.unassigned:
        word = f", {s.stability_word}" if s.stability_word else ""
        facts.append(("Stability", f"{_size(s).stability}{word}"))
    open_ = not detail.withheld
    rule = told["rule"] if open_ else None
    words = None
    if rule and rule.get("alternatives"):
        words = (
            f"{f.sentence(rule['words'])}. Finds {f.percent(rule['coverage'], 0)} of them; "
            f"{f.percent(rule['exclusivity'], 0)} of those found belong."
        )
    play = told["strategy"] or {}
    return Part(
        size=_size(s),
        finding=difference(detail.features) if open_ and detail.features else "",
        says=detail.sentence if open_ else "Fewer than 10 members: nothing but their number is told.",
        facts=facts,
        traits=[_trait(each) for each in (detail.features if open_ else [])],
        rule=words,
        tests=[(f.sentence(each["name"]), each["word"]) for each in told["criteria"]] if open_ else [],
        play=[(label, str(play[name])) for name, label in PLAY.items() if play.get(name)],
    )


def _trait(told: Any) -> Trait:
    if told.kind == "date":  # no average of days is kept
        return Trait(told.full_label, "later" if told.effect > 0 else "earlier", "", told.effect)
    return Trait(told.full_label, shown(told, told.mean), shown(told, told.population_mean), told.effect)
