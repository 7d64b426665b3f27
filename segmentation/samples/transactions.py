"""Twenty-four months of purchases that agree with the customers' figures, to the cent."""

from datetime import date

import numpy as np
import pandas as pd

from segmentation.samples.customers import PURCHASES, SPEND, WINDOW_DAYS
from segmentation.samples.personas import CATEGORIES, CHANNELS

COLUMNS = ["invoice", "occurred_at", "customer_no", "category", "channel", "amount", "quantity"]
_EXTRA_LINES = 0.4  # lines per invoice beyond the first, on average
_RETURNED = 0.015  # share of invoices of which one more article was bought and sent back
_RETURN_DAYS = 30


def draw_transactions(rng: np.random.Generator, customers: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Invoice lines, in order of time, for customers as drawn (`segmentation.samples.customers.draw_customers`).

    Per customer: amounts per category sum to the spend, purchase invoices per channel number as the
    purchases, the last of them lies ``recency_days`` before `as_of`, and none before joining. A
    return is an invoice of its own (``R...``, negative amount and quantity) that cancels one line in
    full, so sums hold with the returns in and counts with the returns out.

    Returns
    -------
    DataFrame with COLUMNS; ``amount`` in cents (int64), ``occurred_at`` datetime64[s].
    """
    if customers.empty:
        return pd.DataFrame(columns=COLUMNS)
    invoices = _invoices(rng, customers, as_of)
    lines = _lines(rng, customers, invoices)
    bought = pd.concat([lines, (returned := _articles_sent_back(rng, invoices, customers))], ignore_index=True)
    back = returned.assign(
        occurred_at=_return_times(rng, returned["occurred_at"], as_of),
        invoice="R" + returned["invoice"],
        amount=-returned["amount"],
        quantity=-returned["quantity"],
    )
    lines = pd.concat([bought, back], ignore_index=True)
    lines["customer_no"] = customers["customer_no"].to_numpy()[lines.pop("customer")]
    lines["category"] = np.array(CATEGORIES)[lines["category"]]
    lines["channel"] = np.array(CHANNELS)[lines["channel"]]
    return lines.sort_values(["occurred_at", "invoice"], kind="stable", ignore_index=True)[COLUMNS]


def _invoices(rng: np.random.Generator, customers: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row per invoice, by customer: customer (position), channel (position), occurred_at, invoice."""
    n = len(customers)
    counts = customers[PURCHASES].to_numpy()
    total = counts.sum(axis=1)
    customer = np.repeat(np.arange(n), total)
    channel = np.repeat(np.tile(np.arange(len(CHANNELS)), n), counts.ravel())

    # Uniform between the start and the last purchase: dividing by the customer's largest draw makes one the last.
    drawn = rng.random(len(customer))
    latest = np.maximum.reduceat(drawn, np.cumsum(total) - total)
    last = np.datetime64(as_of, "D") - customers["recency_days"].to_numpy().astype("timedelta64[D]")
    joined = customers["joined_on"].to_numpy().astype("datetime64[D]")
    start = np.minimum(np.maximum(joined, np.datetime64(as_of, "D") - np.timedelta64(WINDOW_DAYS, "D")), last)
    days = np.floor((drawn / latest[customer]) * (last - start).astype(int)[customer])
    opening = rng.integers(8 * 3600, 21 * 3600, len(customer))
    when = start[customer].astype("datetime64[s]") + (days * 86_400 + opening).astype("timedelta64[s]")
    number = np.empty(len(when), dtype=int)
    number[np.argsort(when, kind="stable")] = 100_001 + np.arange(len(when))
    return pd.DataFrame(
        {"customer": customer, "channel": channel, "occurred_at": when, "invoice": number.astype(str).astype(object)}
    )


def _lines(rng: np.random.Generator, customers: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """The lines of the invoices: every category with spend and every invoice has at least one."""
    cents = customers[SPEND].to_numpy()
    total = np.bincount(invoices["customer"], minlength=len(customers))
    wanted = np.maximum(total + rng.poisson(_EXTRA_LINES * total), (cents > 0).sum(axis=1))
    per_category = _lines_per_category(rng, cents, wanted)

    pair = np.repeat(np.arange(cents.size), per_category.ravel())  # customer and category of each line
    customer, category = np.divmod(pair, len(CATEGORIES))
    # Lines are dealt to the customer's invoices in turn, in random order, so that categories mix.
    order = np.lexsort((rng.random(len(customer)), customer))
    turn = np.empty(len(order), dtype=int)
    turn[order] = np.arange(len(order)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    invoice: np.ndarray = (np.cumsum(total) - total)[customer] + turn % total[customer]
    lines = invoices.take(invoice).reset_index(drop=True)
    amount = _split(rng, cents.ravel(), per_category.ravel())
    quantity = 1 + rng.poisson(amount / 6_000.0)
    return lines.assign(category=category, amount=amount, quantity=np.minimum(quantity, np.maximum(amount // 100, 1)))


def _lines_per_category(rng: np.random.Generator, cents: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Lines per customer and category (n, 6): one where there is spend, the rest of `wanted` by root of the spend."""
    has = cents > 0
    weights = np.sqrt(cents)
    return has + rng.multinomial(wanted - has.sum(axis=1), weights / weights.sum(axis=1, keepdims=True))


def _split(rng: np.random.Generator, cents: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Each of `cents` (n) cut at random into as many `parts` (n), summing exactly; 0 parts only where 0 cents.

    No part is under 0.99 where the amount allows.

    >>> _split(np.random.default_rng(1), np.array([1000, 0, 297]), np.array([1, 0, 3])).tolist()
    [1000, 99, 99, 99]
    """
    least = np.minimum(cents // np.maximum(parts, 1), 99)
    owner = np.repeat(np.arange(len(cents)), parts)
    spare = (cents - least * parts)[owner]
    # Cuts at rounded running sums of random weights: the differences are whole cents, and none is lost.
    running = np.concatenate([[0.0], np.cumsum(rng.gamma(3, size=len(owner)))])
    end = np.cumsum(parts)[owner]
    begin = end - parts[owner]
    position = np.arange(len(owner))
    share = (running[1:] - running[begin]) / (running[end] - running[begin])
    cut = np.where(position == end - 1, spare, np.rint(spare * share).astype(np.int64))
    before = np.where(position == begin, 0, np.concatenate([[0], cut[:-1]]))
    return least[owner] + cut - before


def _articles_sent_back(rng: np.random.Generator, invoices: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """One more line on a few invoices: the article that will be returned, in a category the customer buys."""
    chosen = invoices[rng.random(len(invoices)) < _RETURNED].reset_index(drop=True)
    cents = customers[SPEND].to_numpy()[chosen["customer"]]
    category = (cents * rng.random(cents.shape)).argmax(axis=1)
    amount = np.rint(100 * np.exp(rng.normal(3.5, 0.7, len(chosen)))).astype(np.int64)  # about 33.00
    return chosen.assign(category=category, amount=amount, quantity=1)


def _return_times(rng: np.random.Generator, bought: pd.Series, as_of: date) -> np.ndarray:
    """1 to 30 days after the purchase, never after the end of `as_of`."""
    end = np.datetime64(as_of, "s") + np.timedelta64(86_399, "s")
    later = bought.to_numpy() + (rng.uniform(1, _RETURN_DAYS, len(bought)) * 86_400).astype("timedelta64[s]")
    return np.minimum(later, end)
