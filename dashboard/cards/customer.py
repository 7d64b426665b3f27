"""One customer: who they are, what speaks for their segment, what they are like beside it, how they moved, what they
bought.
"""

from datetime import date
from typing import Any

from dash import html

from dashboard import components as c
from dashboard import formatting as f
from dashboard.cards.customers import cell
from dashboard.datasets import address

STRONG = 0.01  # of all that speaks: what is worth a row
WORDS = {
    "clear": "clearly",
    "leaning": "but leaning: three in four members are surer of it",
    "borderline": "but on its border",
}


def head(slug: str, detail: Any) -> html.Div:
    """Who it is, and the segment in a sentence."""
    trail = [("Customers", address("/customers", slug)), (detail.key, None)]
    simulator = c.link_button("Open in the simulator", address("/simulator", slug, customer=detail.key), primary=True)
    return c.page_head(f"Customer {detail.key}", _lede(detail), [simulator] if detail.has_model else [], trail=trail,
                       colour=detail.now.colour if detail.now else None)  # fmt: skip


def _lede(detail: Any) -> str:
    now = detail.now
    if now is None:
        return (
            "Not in a segment yet: they came after the last scoring." if detail.has_model else "Not in a segment yet."
        )
    if now.colour == 0:
        return "In no segment: there is no crowd of customers like them."
    text = f"In {now.name}, {WORDS[now.word]}."
    return f"{text} The next closest is {now.runner_up}." if now.runner_up else text


def note(slug: str, detail: Any) -> Any:
    """What must be known before reading on; None without anything."""
    if not detail.has_model:
        return c.note("", "No segments yet", "Train a model to see where this customer belongs.",
                      c.link_button("Train a model", address("/models", slug), small=True))  # fmt: skip
    if detail.stale:
        return c.note("", "Some customers changed after the last scoring", "The segment may be out of date.",
                      c.link_button("Score them again", address("/models", slug), small=True))  # fmt: skip
    return None


def facts(slug: str, detail: Any) -> Any:
    """Segment, confidence, runner-up, value."""
    now = detail.now
    told = []
    if now is not None:
        chip = c.segment_chip(now.name, now.colour, address(f"/segments/{now.slug}", slug))
        told.append(c.Fact("Segment", chip, f"as of {f.day(now.as_of)}"))
        told.append(c.Fact(c.term("confidence"), f.sentence(now.word), _rank(now)))
        told.append(c.Fact(c.term("runner_up"), now.runner_up or "none", ""))
    if detail.value is not None:
        money = f", {detail.currency}" if detail.currency else ""
        beside = f"average of the segment {f.measure(detail.value_typical)}" if detail.value_typical is not None else ""
        told.append(c.Fact(c.term("customer_value", f"Value{money}"), f.measure(detail.value), beside))
    return c.facts(*told) if told else None


def _rank(now: Any) -> str:
    if now.percentile is None:
        return ""
    return f"surer than {now.percentile}% of its members"


def reasons_card(detail: Any) -> html.Section | None:
    """What keeps the customer here, and what pulls to the next segment."""
    now = detail.now
    if now is None or now.runner_up is None or not detail.reasons:
        return None
    strong = [reason for reason in detail.reasons if reason.share >= STRONG] or detail.reasons[:1]
    kinds = {each.name: each.kind for each in detail.attributes}
    largest = max(reason.share for reason in strong)
    rows = [
        [
            reason.label,
            _reason_value(reason, kinds.get(reason.attribute)),
            f"for {now.name}" if reason.pull > 0 else f"for {now.runner_up}",
            c.share_bar(reason.share, largest, now.colour if reason.pull > 0 and now.colour else None),
        ]
        for reason in strong
    ]
    columns = [c.Column("What"), c.Column("This customer", True), c.Column("Speaks", hide_on_phone=False),
               c.Column("How much")]  # fmt: skip
    caption = f"Every input of the model, and how much of the decision between {now.name} and {now.runner_up} it makes."
    if not detail.reasons_exact:
        caption += " Read from the averages of the two segments; the model itself weighs them differently."
    return c.card(_reasons_title(detail.reasons, now), c.table(columns, rows, hover=True),
                  caption=caption, data_is_body=True)  # fmt: skip


def _reasons_title(reasons: Any, now: Any) -> str:
    kept = [f.inside(reason.label) for reason in reasons if reason.pull > 0][:2]
    if not kept:
        return f"Nothing alone speaks for {now.name}"
    return f"{f.sentence(f.listed(kept))} {'speak' if len(kept) > 1 else 'speaks'} most for {now.name}"


def _reason_value(reason: Any, kind: str | None) -> str:
    if f.is_missing(reason.value):
        return f.MISSING
    if kind == "flag" and isinstance(reason.value, float):
        return "yes" if reason.value else "no"
    return f.observed(reason.value, reason.label) if isinstance(reason.value, float) else str(reason.value)


def attributes_card(detail: Any) -> html.Section:
    """Every attribute beside the segment and everyone; those that formed the segments first."""
    in_order = sorted(detail.attributes, key=lambda each: not each.used)
    segment = detail.now.name if detail.now and not detail.withheld else None
    columns = [c.Column("Attribute"), c.Column("This customer", True)]
    columns += [c.Column(segment, True)] if segment else []
    columns += [c.Column("Everyone", True)] if detail.has_model else []
    rows = [
        [
            _name(each), _beside(each), *([_typical(each.typical, each)] if segment else []),
            *([_typical(each.everyone, each)] if detail.has_model else []),
        ]
        for each in in_order
    ]  # fmt: skip
    known = sum(not f.is_missing(each.value) for each in in_order)
    title = _unlike(detail, segment) or f"{f.number(known)} of {f.counted(len(rows), 'attribute')} known"
    caption = "Beside it what is typical: the middle value (median), or how many have the same answer."
    if detail.withheld:
        caption += " The segment has fewer than 10 members and is not told of."
    return c.card(title, c.table(columns, rows, hover=True), caption=caption if detail.has_model else None,
                  data_is_body=True)  # fmt: skip


def _name(each: Any) -> Any:
    label = f.with_unit(each.label, each.unit)
    badges = [c.badge("sensitive", "warn")] if each.sensitive else []
    badges += [c.badge("forms the segments")] if each.used else []
    return [html.Span([label, " "]), *badges] if badges else label


def _unlike(detail: Any, segment: str | None) -> str:
    """In what the customer differs from nine in ten members; empty without a segment that is told of."""
    if segment is None:
        return ""
    apart = [f.inside(each.label) for each in detail.attributes if each.beyond]
    if not apart:
        return f"Like {segment} in every number"
    more = len(apart) - 2
    named = f"{apart[0]}, {apart[1]} and {more} more" if more > 0 else f.listed(apart)
    return f"Unlike most of {segment} in {named}"


def _beside(each: Any) -> Any:
    """The customer's value, and whether nine in ten members lie on one side of it."""
    text = _shown(each.value, each)
    if each.beyond is None:
        return text
    told = {"above": "higher than 95% of them", "below": "lower than 95% of them"}[each.beyond]
    return [html.B(text), html.Span(told, className="k-sub")]


def _shown(value: Any, each: Any) -> str:
    return cell(value, each.kind, each.label)


def _typical(value: Any, each: Any) -> str:
    if value is None:
        return f.MISSING
    if each.kind == "date":
        return f.day(date.fromisoformat(str(value)[:10]))
    return f.observed(value, each.label) if each.kind == "number" else f"{f.percent(value)} the same"


def history_card(slug: str, detail: Any) -> html.Section | None:
    """The segment in every run that is kept."""
    told = detail.history
    if not told:
        return None
    moves = sum(each.moved for each in told)
    title = f"Moved {f.in_words(moves)} {'time' if moves == 1 else 'times'} in {f.counted(len(told), 'scoring')}"
    title = title if moves else f"In the same segment in {f.counted(len(told), 'scoring')}"
    title = title if len(told) > 1 else "Scored once so far"
    columns = [c.Column("Scored as of"), c.Column("Model", True), c.Column("Segment"), c.Column(c.term("confidence")),
               c.Column(c.term("runner_up"), hide_on_phone=True)]  # fmt: skip
    rows = [
        [
            f.day(each.as_of), str(each.version), c.segment_chip(each.name, each.colour),
            f"{each.word}, moved here" if each.moved else each.word, each.runner_up or "none",
        ]
        for each in told
    ]  # fmt: skip
    return c.card(title, c.table(columns, rows, hover=True), caption="The newest first, whatever model was in use.",
                  data_is_body=True)  # fmt: skip


def purchases_card(detail: Any) -> html.Section | None:
    """The newest lines of the invoices; None where the dataset has no purchases."""
    if detail.purchases is None:
        return None
    money = f"Amount, {detail.currency}" if detail.currency else "Amount"
    if not detail.purchases:
        return c.card("No purchases on record", c.empty("This customer has none in the purchases that were imported."))
    columns = [c.Column("Day"), c.Column("What"), c.Column("Quantity", True, hide_on_phone=True), c.Column(money, True),
               c.Column("Invoice", hide_on_phone=True)]  # fmt: skip
    rows = [
        [f.day(each.occurred_at), each.category or f.MISSING, f.plain(each.quantity), f.number(each.amount, 2),
         each.invoice or f.MISSING]
        for each in detail.purchases
    ]  # fmt: skip
    caption = "One row per line of an invoice, the newest first."
    if detail.bought > len(rows):
        caption = f"The newest {len(rows)}. " + caption
    return c.card(f"{f.counted(detail.bought, 'purchase line')}, the last on {rows[0][0]}",
                  c.table(columns, rows, hover=True), caption=caption, data_is_body=True)  # fmt: skip
