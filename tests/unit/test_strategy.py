"""What is proposed for a segment: the first rule that fits, with figures of the profile and none of its own."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from segmentation.profiles import profile
from segmentation.signals import signals
from segmentation.strategy import RULES, Footing, propose

SOUND = Footing(None, 0.05)
ROLES = {
    "spend_wine": "value", "spend_meat": "value", "purchases": "frequency", "recency_days": "recency",
    "joined_on": "tenure", "visits": "engagement", "response": "response", "deal_purchases": "discount",
}  # fmt: skip
LEVEL = {"joined_on": np.datetime64("2020-06-01")}  # of the others 10


def rows(kinds: dict[str, str] | None = None, **moved: float):
    """Profiles of 100 members, moved this many sd from 100 others, and of everyone."""
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1], 100)
    columns, data = [], {}
    for name in ROLES | (kinds or {}):
        kind = (kinds or {}).get(name, "date" if name == "joined_on" else "number")
        columns.append(SimpleNamespace(name=name, label=name.replace("_", " "), kind=kind, unit=None))
        values = np.tile(rng.normal(0, 1, 100), 2) + moved.get(name, 0.0) * (labels == 0)
        if kind == "date":
            data[name] = LEVEL[name] + (100 * values).astype("timedelta64[D]")
        elif kind in ("flag", "category"):
            data[name] = (values > 0).astype(float) if kind == "flag" else np.where(values > 0, "Email", "Post")
        else:
            data[name] = 10 + values
    found = profile(pd.DataFrame(data), labels, 2, columns, set(data))
    own = {each.attribute: each for each in found if each.segment_label == 0}
    return own, {each.attribute: each for each in found if each.segment_label is None}


@pytest.mark.parametrize(
    ("moved", "rule"),
    [
        ({"recency_days": 2, "spend_wine": 2, "spend_meat": 2}, "Win back"),
        ({"spend_wine": 2, "spend_meat": 2, "deal_purchases": 2}, "Keep and thank"),
        ({"deal_purchases": 2, "visits": 2}, "Protect the margin"),
        ({"joined_on": 2, "response": 2}, "Welcome"),  # a later day: with us for less time
        ({"response": 2, "visits": 2}, "Sell to those who answer"),
        ({"visits": 2, "purchases": 2}, "Turn interest into purchases"),
        ({"purchases": 2, "spend_wine": -2, "spend_meat": -2}, "Larger baskets"),
        ({"spend_wine": -2, "spend_meat": -2}, "Serve at low cost"),
        ({"joined_on": -2}, "Ask to recommend"),
        ({"purchases": -2}, "Learn first"),
        ({}, "Learn first"),
    ],
)
def test_the_first_rule_that_fits_makes_the_proposal(moved, rule):
    own, everyone = rows(**moved)
    found = propose(own, everyone, ROLES, SOUND)
    assert found.rule == rule
    assert set(found.reasons) == {*found.values, "owner", "due", "budget"}
    assert all(found.reasons.values())


def test_reasons_cite_the_profile_and_proposals_hold_no_number():
    own, everyone = rows(recency_days=3)
    found = propose(own, everyone, ROLES, SOUND)
    mean, all_ = own["recency_days"].mean, everyone["recency_days"].mean
    assert found.reasons["objective"] == f"More recency days ({mean:.1f} on average; everyone {all_:.1f})."
    assert not re.search(r"\d", " ".join(found.values.values()))
    fewer = propose(*rows(purchases=-2), ROLES, SOUND).reasons["objective"]
    assert "Fewer purchases" in fewer  # what lies apart is not told as close to everyone
    assert "how often they buy" not in fewer
    assert "lost" in found.reasons["risk"]
    assert found.values["risk"] == "medium"


def test_a_reason_of_dates_says_how_far_they_lie_from_everyones():
    own, everyone = rows(joined_on=2)
    found = propose(own, everyone, ROLES, SOUND)
    assert found.reasons["objective"].endswith(f", by {own['joined_on'].effect:.1f} standard deviations.")


def test_a_message_speaks_of_what_they_buy_more_of():
    own, everyone = rows(spend_wine=3, spend_meat=0.4)
    found = propose(own, everyone, ROLES, SOUND)
    assert found.values["message"].endswith("Speak of spend wine")
    assert f"{own['spend_wine'].mean:.1f}" in found.reasons["message"]


def test_discounts_follow_what_they_use():
    keep = {"spend_wine": 2, "spend_meat": 2}
    offers = {level: propose(*rows(**keep, deal_purchases=level), ROLES, SOUND).values["offer"] for level in (2, 0, -2)}
    assert "tie one to a larger basket" in offers[2]
    assert offers[0] == "Service, early access or a gift"
    assert "no price cut" in offers[-2]
    without = {name: role for name, role in ROLES.items() if role != "discount"}
    told = propose(*rows(**keep), without, SOUND)
    assert "no column tells whether they use discounts" in told.reasons["offer"]
    assert told.absent == ["use of discounts"]


def test_channel_and_consent_are_those_of_the_data():
    own, everyone = rows({"prefers": "category", "agreed": "flag"}, prefers=1.0, agreed=1.0)
    found = propose(own, everyone, ROLES | {"prefers": "channel", "agreed": "consent"}, SOUND)
    shares = {level["level"]: level["share"] for level in own["prefers"].levels}
    assert found.values["channel"] == "prefers: Email"
    assert found.reasons["channel"].startswith(f"{shares['Email']:.0%} of the members")
    yes = next(level["share"] for level in own["agreed"].levels if level["level"] == "yes")
    assert found.values["avoid"].endswith(f"Do not contact the {1 - yes:.0%} who did not agree")
    bought = propose(*rows({"web_purchases": "number", "store_purchases": "number"}, web_purchases=5), ROLES, SOUND)
    assert bought.values["channel"] == "Web shop"
    assert "is not known" in bought.reasons["channel"]
    assert propose(own, everyone, ROLES, SOUND).values["channel"] == ""


def test_risk_is_high_where_the_gate_is_closed():
    own, everyone = rows({"agreed": "flag"}, spend_wine=2, spend_meat=2, agreed=1.0)
    roles = ROLES | {"agreed": "consent"}
    assert propose(own, everyone, roles, SOUND).values["risk"] == "low"
    closed = propose(own, everyone, roles, Footing("it is too small", 0.05))
    assert (closed.values["risk"], closed.reasons["risk"]) == ("high", "It is too small.")
    border = propose(own, everyone, roles, Footing(None, 0.3))
    assert (border.values["risk"], border.reasons["risk"]) == ("medium", "30% of the members sit on a border.")


def test_who_left_is_no_response():
    own, everyone = rows({"churn": "flag"}, churn=3)
    assert "churn" not in [told.attribute for told in signals(own, everyone, {"churn": "response"}).get("response", [])]


def test_the_rules_are_documented_in_their_order_with_their_sources():
    text = (Path(__file__).parents[2] / "docs" / "strategy.md").read_text()
    written = re.findall(r"^\| \d+ \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    assert written == [(rule.name, rule.source) for rule in RULES]
