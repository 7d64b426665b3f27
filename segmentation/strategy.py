"""What could be done for a segment: proposed from its profile, by rules in a fixed order; ``docs/strategy.md``.

A rule needs signals (`segmentation.signals`); the first that fits makes the proposal. Figures are cited, never made up:
owner, due date and budget are the analyst's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation import vocabulary
from segmentation.criteria import REACHABLE, accessible, reach_by_channel
from segmentation.portraits import Rows
from segmentation.signals import DECISIVE, TOLD, Signal, signals
from segmentation.wording import figure, listed, lowered, percent, sentence_case

BOUGHT = {
    "web_purchases": "Web shop", "catalogue_purchases": "Catalogue", "store_purchases": "Stores",
    "app_purchases": "App",
}  # fmt: skip
UNSETTLED = 0.20  # members on a border
TOPICS = {
    "value": "spending", "frequency": "how often they buy", "recency": "the last purchase", "response": "response",
    "engagement": "engagement", "tenure": "time with us", "discount": "use of discounts",
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A play, and the signals it needs: 1 clearly more than everyone, -1 clearly less."""

    name: str
    needs: Mapping[str, int]
    objective: str
    message: str
    offer: str
    kpi: str
    avoid: str
    source: str


RULES = (
    Rule(
        "Win back", {"recency": 1},
        "Win back members who stopped buying", "We miss you: what is new since your last purchase",
        "First news and service; a small offer only to those who do not answer",
        "Members who buy again, against members left out at random",
        "Do not write to everyone at once: leave some out at random, as those likeliest to leave are not those a "
        "message wins back",
        "Hughes 2012; Ascarza 2018",
    ),
    Rule(
        "Keep and thank", {"value": 1},
        "Keep them and thank them", "Thank you: early access and service for our best customers",
        "Service, early access or a gift",
        "Members who buy again and their spending, against members left out at random",
        "Do not teach them to wait for discounts",
        "Reinartz and Kumar 2002; Mela, Gupta and Lehmann 1997",
    ),
    Rule(
        "Protect the margin", {"discount": 1},
        "Earn more from purchases that discounts bring", "The value of the product before its price",
        "A discount only above a basket size or in a bundle",
        "Margin per member, against members left out at random",
        "Do not add discounts on top of those they find anyway",
        "Mela, Gupta and Lehmann 1997",
    ),
    Rule(
        "Welcome", {"tenure": -1},
        "Lead new customers to their next purchase", "Welcome: how to get the most out of what you bought",
        "Help with the first product, then what goes with it",
        "New members who buy again, against members left out at random",
        "Do not judge them by their spending so far: they had little time",
        "Hughes 2012",
    ),
    Rule(
        "Sell to those who answer", {"response": 1},
        "Turn answers to campaigns into purchases", "What goes with what you bought",
        "Products of categories they do not buy from yet",
        "Spending of those who answer, against members left out at random",
        "Do not write more often because they answer: watch who unsubscribes",
        "Kumar and Reinartz 2018",
    ),
    Rule(
        "Turn interest into purchases", {"engagement": 1},
        "Turn interest into purchases", "What you looked at, and why others chose it",
        "Help with choosing: comparison, advice, easy returns",
        "Members who buy, against members left out at random",
        "Do not take visits for value: many look and never buy",
        "Reinartz and Kumar 2002",
    ),
    Rule(
        "Larger baskets", {"frequency": 1},
        "Raise what a purchase is worth", "What others buy together with it",
        "Bundles and free delivery above a basket size",
        "Spending per purchase, against members left out at random",
        "Do not ask them to come more often: they come already",
        "Kumar and Reinartz 2018",
    ),
    Rule(
        "Serve at low cost", {"value": -1},
        "Serve them at low cost", "Only what concerns their purchase",
        "No offer of their own; the offers made to everyone",
        "Cost per member and spending per member",
        "Do not spend on printed mail or calls",
        "Reinartz and Kumar 2002",
    ),
    Rule(
        "Ask to recommend", {"tenure": 1},
        "Ask long-standing customers to recommend us", "You know us for long: bring somebody who would like it too",
        "A thank-you for both, once the new customer has bought",
        "New customers they bring, and what these spend",
        "Do not take long for loyal: many stay and buy little",
        "Schmitt, Skiera and Van den Bulte 2011; Reinartz and Kumar 2002",
    ),
    Rule(
        "Learn first", {},
        "Learn what moves them", "Two messages, each to a part chosen at random",
        "The same offer to both parts",
        "Difference in purchases between the two parts",
        "Do not roll out before one of the two is ahead",
        "Ascarza 2018",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """A proposed play: ``values`` and ``reasons`` by field, ``rule`` and its ``source``.

    ``absent`` are the topics no column tells of. Owner, due and budget have a reason and no value.
    """

    rule: str
    source: str
    values: dict[str, str]
    reasons: dict[str, str]
    absent: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Footing:
    """How far the segment carries: why a play may not start (None: it may), and members on a border in [0, 1]."""

    why_not: str | None
    border: float


def propose(rows: Rows, everyone: Rows, roles: Mapping[str, str], footing: Footing) -> Proposal:
    """The play of the first rule whose signals are there, with a reason for every field.

    Parameters
    ----------
    rows, everyone : mapping of str to ProfileRow
        Stored profiles of the members and of everyone, by attribute.
    roles : mapping of str to str
        Role by attribute.
    """
    found = signals(rows, everyone, roles)
    rule = next(rule for rule in RULES if all(_is(found, role, level) for role, level in rule.needs.items()))
    absent = [TOPICS[role] for role in DECISIVE if role not in found]
    message, topics = _message(rule, found.get("value"))
    offer, discounts = _offer(rule, found.get("discount"))
    channel, used = _channel(rows, everyone, roles)
    avoid, consent = _avoid(rule, rows, roles)
    risk, why = _risk(rule, rows, roles, footing)
    values = {"objective": rule.objective, "message": message, "channel": channel, "offer": offer, "kpi": rule.kpi}
    yours = "Yours to say: nothing in the data tells it."
    return Proposal(
        rule.name,
        rule.source,
        values | {"avoid": avoid, "risk": risk},
        {
            "objective": _because(rule, found, absent),
            "message": topics,
            "channel": used,
            "offer": discounts,
            "kpi": "Only members left out at random show what the play itself changed."
            if rule.needs.get("value") != -1
            else "A play that saves is measured by what it costs.",
            "avoid": consent,
            "risk": why,
            **dict.fromkeys(("owner", "due", "budget"), yours),
        },
        absent,
    )


def _is(found: Mapping[str, Signal], role: str, level: int) -> bool:
    return role in found and found[role].level == level


def _because(rule: Rule, found: Mapping[str, Signal], absent: list[str]) -> str:
    if rule.needs:
        return f"{' '.join(f'{found[role].words}.' for role in rule.needs)}"
    if not found:
        return "No column tells what decides a play."
    close = [TOPICS[role] for role, signal in found.items() if not signal.level]
    apart = [f"{signal.words}, which decides no play by itself." for signal in found.values() if signal.level]
    text = [f"In {listed(close)} they are close to everyone."] if close else []
    return " ".join([*text, *apart, *([f"No column tells of {listed(absent)}."] if absent else [])])


def _message(rule: Rule, value: Signal | None) -> tuple[str, str]:
    """With what they spend more on than everyone, where that is clear."""
    several = value is not None and len(value.told) > 1
    more = [each for each in value.told if each.effect >= 0.5] if value is not None and several else []
    if not more:
        return rule.message, "Follows from the objective; no kind of spending stands out that it could speak of."
    about = listed([lowered(each.label).removeprefix("spending on ") for each in more[:TOLD]])
    figures = listed(
        [f"{lowered(each.label)} {figure(each.mean or 0)} (everyone {figure(each.population_mean or 0)})"
         for each in more[:TOLD]]
    )  # fmt: skip
    return f"{rule.message}. Speak of {about}", f"On average {figures}."


def _offer(rule: Rule, discount: Signal | None) -> tuple[str, str]:
    if discount is None:
        return rule.offer, "Follows from the objective; no column tells whether they use discounts."
    if rule.needs.get("discount"):
        return rule.offer, f"{discount.words}."
    if discount.level > 0:
        return f"{rule.offer}; they use discounts, so tie one to a larger basket", f"{discount.words}."
    if discount.level < 0:
        return f"{rule.offer}; no price cut", f"They buy at full price: {discount.words}."
    return rule.offer, "Follows from the objective; in their use of discounts they are close to everyone."


def _channel(rows: Rows, everyone: Rows, roles: Mapping[str, str]) -> tuple[str, str]:
    """Where most members can be reached, else where they buy most; empty where no column tells."""
    reached = reach_by_channel(rows, roles)
    if reached:
        label = max(reached, key=lambda name: (reached[name], name))
        return label, f"{percent(reached[label])} of the members, more than by any other channel in the data."
    bought = {
        BOUGHT[canonical]: rows[name].mean or 0.0
        for name in rows
        if (canonical := vocabulary.canonical(name) or "") in BOUGHT and rows[name].mean is not None
    }
    if len(bought) < 2 or not any(bought.values()):
        return "", "Yours to say: no column tells how they can be reached, or where they buy."
    order = sorted(bought, key=lambda name: (-bought[name], name))
    shares = listed([f"{lowered(name)} {figure(bought[name])}" for name in order])
    return order[0], f"Where they buy most, in purchases per member: {shares}. Whether it reaches them is not known."


def _avoid(rule: Rule, rows: Rows, roles: Mapping[str, str]) -> tuple[str, str]:
    test = accessible(rows, roles)
    has_consent = any(roles.get(name) == "consent" for name in rows)
    if test.value is None or not has_consent or test.value == 1.0:
        known = "" if has_consent else " No column tells who agreed to be contacted."
        return rule.avoid, f"Follows from the objective.{known}"
    return f"{rule.avoid}. Do not contact the {percent(1 - test.value)} who did not agree", test.text


def _risk(rule: Rule, rows: Rows, roles: Mapping[str, str], footing: Footing) -> tuple[str, str]:
    """High where the gate is closed, medium where something else speaks against, else low; all of it is told."""
    against = []
    if footing.why_not:
        against.append(footing.why_not)
    reach = accessible(rows, roles).value
    if reach is None:
        against.append("how many can be reached is not known")
    elif reach < REACHABLE:
        against.append(f"only {percent(reach)} can be reached")
    if footing.border > UNSETTLED:
        against.append(f"{percent(footing.border)} of the members sit on a border")
    if rule.name == "Win back":
        against.append("who stopped buying may be lost, whatever is sent")
    if not rule.needs:
        against.append("nothing sets them apart that a play could use")
    level = "high" if footing.why_not else "medium" if against else "low"
    text = listed(against) if against else "the segment is stable and large enough, and its members can be reached"
    return level, f"{sentence_case(text)}."
