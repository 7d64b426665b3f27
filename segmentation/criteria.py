"""Five tests of a segment before money is spent on it (Kotler), each with its number, and the gate before a play."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from segmentation.consent import agrees
from segmentation.modelling.selection import SMALL_SHARE, SMALL_SIZE
from segmentation.modelling.stability import READY, stability_word
from segmentation.portraits import Rows, distinction
from segmentation.trust import stands_out, verdict_words
from segmentation.wording import count_word, customers, figure, listed, lowered, percent, sentence_case

Name = Literal["measurable", "substantial", "accessible", "differentiable", "actionable"]
MOST_MISSING = 0.10  # of the inputs of its members
REACHABLE = 0.50  # of its members
TELLING = 3  # inputs: a segment that differs much in few of many is as different as one that differs in all
APART = 0.50  # mean distance to everyone in these, in sd: Cohen's "medium", from which the pages say "clearly"


@dataclass(frozen=True)
class Criterion:
    """One test. ``met`` is None where it cannot be known; ``value`` against ``needed`` is the number behind it.

    ``word`` is what the badge says, ``text`` a sentence; ``parts`` more numbers by name (shares in [0, 1]).
    """

    name: Name
    met: bool | None
    word: str
    value: float | None
    needed: float | None
    text: str
    parts: dict[str, float | None] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return sentence_case(self.name)

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Play:
    """What is done for a segment, and whether it may start: ``why_not`` is None when it is ready."""

    objective: str
    owner: str
    status: str
    why_not: str | None

    @property
    def ready(self) -> bool:
        return self.why_not is None

    def as_json(self) -> dict[str, Any]:
        """As ``kindred segments`` prints it."""
        return {"objective": self.objective, "status": self.status, "ready": self.ready, "why_not": self.why_not}


@dataclass(frozen=True)
class Standing:
    """The tests of a segment, its play, why a play would not be ready, and why the segments are not called real."""

    criteria: list[Criterion]
    play: Play | None
    why_not: str | None
    unreal: str | None


@dataclass(frozen=True)
class Size:
    """How many, and how much of the whole; ``value_share`` None where the dataset has no value."""

    customers: int
    share: float
    value_share: float | None = None


def criteria(
    rows: Rows,
    everyone: Rows,
    roles: Mapping[str, str],
    size: Size,
    stability: float | None,
    play: Play | None,
) -> list[Criterion]:
    """The five tests of one segment, in Kotler's order.

    Parameters
    ----------
    rows, everyone : mapping of str to ProfileRow
        Stored profiles of the members and of everyone, by attribute.
    roles : mapping of str to str
        Role by attribute; ``consent`` and ``channel`` say who can be reached.
    size : Size
    stability : float or None
        None when it was not checked.
    play : Play or None
        What is stored as the segment's strategy.
    """
    return [
        measurable(rows),
        substantial(size),
        accessible(rows, roles),
        differentiable(rows, everyone, stability),
        actionable(play),
    ]


def measurable(rows: Rows) -> Criterion:
    """Whether what forms the segments is known of its members: at most 10 % of their inputs are missing."""
    inputs = [row for row in rows.values() if row.used]
    asked = sum(row.customers + row.missing for row in inputs)
    if not asked:
        return Criterion("measurable", None, "not known", None, MOST_MISSING, "No input is stored of its members.")
    missing = sum(row.missing for row in inputs) / asked
    count = f"{count_word(len(inputs))} input{'s' * (len(inputs) != 1)}"
    text = f"{sentence_case(count)}, filled for every member."
    if missing:
        most = max(inputs, key=lambda row: (row.missing, row.attribute))
        share = f"{missing:.1%}" if missing >= 0.0005 else "under 0.1%"
        text = sentence_case(f"{share} of the values of {count} are missing, most in {lowered(most.label)}.")
    met = missing <= MOST_MISSING
    return Criterion("measurable", met, "yes" if met else "not enough", missing, MOST_MISSING, text)


def substantial(size: Size) -> Criterion:
    """Whether it is large or rich enough: 30 people, and 5 % of the customers or of their value."""
    most = max(size.share, size.value_share or 0.0)
    met = size.customers >= SMALL_SIZE and most >= SMALL_SHARE
    value = f" and {percent(size.value_share)} of spending" if size.value_share is not None else ""
    text = f"{customers(size.customers)}: {percent(size.share)} of all{value}."
    if size.customers < SMALL_SIZE:
        text += f" At least {SMALL_SIZE} are needed."
    elif not met:
        text += f" {percent(SMALL_SHARE)} of either is needed."
    parts = {"share": size.share, "value_share": size.value_share, "customers": float(size.customers)}
    return Criterion("substantial", met, "yes" if met else "too small", most, SMALL_SHARE, text, parts)


def accessible(rows: Rows, roles: Mapping[str, str]) -> Criterion:
    """Whether its members can be reached: half of them, by consent, or by one channel where no consent is stored.

    Who has no value did not say yes. With several consents the rarest one bounds the share.
    """
    consents = {name: _agreed(rows[name]) for name in rows if roles.get(name) == "consent"}
    channels = reach_by_channel(rows, roles)
    consented = {rows[name].label: share for name, share in consents.items() if share is not None}
    parts = {**consented, **channels}
    if consented:
        label = min(consented, key=lambda name: (consented[name], name))
        value, text = consented[label], f"{percent(consented[label])} may be contacted ({lowered(label)})."
    elif channels:
        label = max(channels, key=lambda name: (channels[name], name))
        value, text = (
            channels[label],
            f"{percent(channels[label])} by {lowered(label)}; whether they agreed is not known.",
        )
    else:
        text = "Not known: no channel or consent column."
        return Criterion("accessible", None, "not known", None, REACHABLE, text)
    if channels and consented:
        most = sorted(channels, key=lambda name: (-channels[name], name))[:2]
        text += f" {sentence_case(listed([f'{lowered(name)} {percent(channels[name])}' for name in most]))}."
    met = value >= REACHABLE
    return Criterion("accessible", met, "yes" if met else "too few", value, REACHABLE, text, {**parts})


def reach_by_channel(rows: Rows, roles: Mapping[str, str]) -> dict[str, float]:
    """Share of all members by channel, of every attribute of that role; a level of a category with its attribute."""
    return {label: share for name in rows if roles.get(name) == "channel" for label, share in _channels(rows[name])}


def _agreed(row: Any) -> float | None:
    """Share of all members who said yes; None where that cannot be told."""
    total = row.customers + row.missing
    if not row.levels or not total:
        return None
    return sum(level["customers"] for level in row.levels if agrees(str(level["level"]))) / total


def _channels(row: Any) -> list[tuple[str, float]]:
    total = row.customers + row.missing
    if not row.levels or not total:
        return []
    if row.kind == "flag":
        return [(row.label, sum(x["customers"] for x in row.levels if x["level"] == "yes") / total)]
    return [(f"{row.label}: {level['level']}", level["customers"] / total) for level in row.levels]


def differentiable(rows: Rows, everyone: Rows, stability: float | None) -> Criterion:
    """Whether it is another kind of customer, and stays one: 0.5 sd from everyone in its three most telling inputs."""
    found = [distinction(row, everyone[name]) for name, row in rows.items() if row.used and name in everyone]
    sizes = sorted((abs(each.effect) for each in found if each is not None), reverse=True)[:TELLING]
    apart = sum(sizes) / len(sizes) if sizes else None
    parts = {"mean_effect": apart, "stability": stability}
    if apart is None:
        return Criterion("differentiable", None, "not known", None, APART, "Its members were not profiled.", parts)
    what = f"its {count_word(len(sizes))} most telling inputs" if len(sizes) > 1 else "its input"
    inputs = f"{figure(round(apart, 2))} sd from everyone in {what}, on average"
    if stability is None:
        text = f"{sentence_case(inputs)}; whether it comes back was not checked."
        return Criterion("differentiable", None, "not checked", apart, APART, text, parts)
    text = f"{sentence_case(inputs)}; stability {stability:.2f}, {stability_word(stability)}."
    met = apart >= APART and stability >= READY
    word = "yes" if met else "not stable" if stability < READY else "too alike"
    return Criterion("differentiable", met, word, apart, APART, text, parts)


def actionable(play: Play | None) -> Criterion:
    """Whether somebody owns a play for it."""
    if play is None:
        return Criterion("actionable", False, "not yet", 0.0, 1.0, "There is no play for it yet.")
    if not play.owner.strip():
        return Criterion("actionable", False, "not yet", 0.0, 1.0, "The play has no owner.")
    if play.status == "ended":
        return Criterion("actionable", False, "not yet", 0.0, 1.0, f"The play of {play.owner} has ended.")
    return Criterion("actionable", True, "yes", 1.0, 1.0, f"{play.owner} owns the play: {lowered(play.objective)}.")


def reality_passed(reality: Mapping[str, Any] | None, metrics: Mapping[str, Any], k: int) -> str | None:
    """None when the reality check passed for the segments in use; else why not, in words.

    >>> found = {"verdict": "groups", "null_mean": 0.31, "z": 4.0}
    >>> reality_passed(found, {"silhouette": 0.33}, 3) is None, reality_passed(None, {"silhouette": 0.33}, 3)
    (True, 'whether the groups are real was not checked')
    >>> reality_passed(found, {"silhouette": 0.27}, 3)
    'the three segments in use do not stand out from copies without groups'
    """
    if stands_out(reality, k, metrics):
        return None
    if reality is None:
        return "whether the groups are real was not checked"
    if reality["verdict"] == "groups":
        return f"the {count_word(k)} segments in use do not stand out from copies without groups"
    return f"the reality check found {verdict_words(reality).removesuffix(' found')}"


def why_not_ready(size: Size, stability: float | None, unreal: str | None) -> str | None:
    """Why a play for this segment is not ready; None when it is: stable, substantial, and real.

    Parameters
    ----------
    unreal : str or None
        What `reality_passed` says.

    Examples
    --------
    >>> why_not_ready(Size(400, 0.2), 0.9, None) is None
    True
    >>> why_not_ready(Size(20, 0.2), 0.49, None)
    'the segment is not stable (0.49, needed 0.75) and it is too small (20 customers, 20% of all)'
    """
    reasons = []
    if stability is None:
        reasons.append("whether the segment comes back was not checked")
    elif stability < READY:
        reasons.append(f"the segment is not stable ({stability:.2f}, needed {READY:.2f})")
    if not substantial(size).met:
        reasons.append(f"it is too small ({customers(size.customers)}, {percent(size.share)} of all)")
    if unreal:
        reasons.append(unreal)
    return listed(reasons) if reasons else None


def met_count(found: Sequence[Criterion]) -> int:
    """How many tests are passed."""
    return sum(each.met is True for each in found)
