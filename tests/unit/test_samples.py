"""The sample club: its purchases agree with its customers, it is the same every time, and it is plausible."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.samples import AS_OF, Sample, generate, write_csv
from segmentation.samples.customers import MISSING, PURCHASES, SPEND, WINDOW_DAYS
from segmentation.samples.personas import CATEGORIES, CHANNELS, PERSONAS


@pytest.fixture(scope="module")
def sample() -> Sample:
    return generate()


def assert_transactions_agree(sample: Sample) -> None:
    customers = sample.customers.set_index("customer_no")
    lines = sample.transactions
    cents = lines.assign(cents=np.rint(100 * lines["amount"]).astype(int))
    spent = cents.pivot_table(index="customer_no", columns="category", values="cents", aggfunc="sum", fill_value=0)
    spent = spent.reindex(index=customers.index, columns=list(CATEGORIES), fill_value=0)
    assert (spent.to_numpy() == np.rint(100 * customers[SPEND].to_numpy())).all()

    bought = lines[lines["amount"] > 0]
    invoices = bought.drop_duplicates("invoice").pivot_table(
        index="customer_no", columns="channel", values="invoice", aggfunc="count", fill_value=0
    )
    invoices = invoices.reindex(index=customers.index, columns=list(CHANNELS), fill_value=0)
    assert (invoices.to_numpy() == customers[PURCHASES].to_numpy()).all()

    times = bought.groupby("customer_no")["occurred_at"].agg(["min", "max"]).reindex(customers.index)
    recency = (pd.Timestamp(sample.as_of) - times["max"].dt.normalize()).dt.days
    assert (recency == customers["recency_days"]).all()
    assert (times["min"].dt.normalize() >= customers["joined_on"]).all()
    assert (times["min"] >= pd.Timestamp(sample.as_of) - pd.Timedelta(days=WINDOW_DAYS)).all()


def test_transactions_agree_with_the_customers_to_the_cent(sample):
    assert_transactions_agree(sample)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    customers=st.integers(1, 40),
    as_of=st.dates(min_value=date(2015, 1, 1), max_value=date(2030, 12, 31)),
)
def test_any_club_of_any_day_agrees_with_its_transactions(seed, customers, as_of):
    sample = generate(customers, seed, as_of)
    assert len(sample.customers) == len(sample.personas) == customers
    assert sample.customers["customer_no"].is_unique
    assert (sample.transactions["quantity"] != 0).all()
    assert (sample.transactions["amount"] != 0).all()
    assert_transactions_agree(sample)


def test_nobody_is_an_empty_club():
    sample = generate(0)
    assert len(sample.customers) == len(sample.transactions) == len(sample.personas) == 0


def test_a_return_cancels_one_line_of_its_invoice_in_full_and_comes_later(sample):
    lines = sample.transactions
    back = lines[lines["amount"] < 0]
    assert 0.005 < len(back) / len(lines) < 0.05
    assert (back["quantity"] < 0).all()
    assert back["invoice"].str.startswith("R").all()
    bought = lines.assign(invoice="R" + lines["invoice"], amount=-lines["amount"])
    pairs = back.merge(bought, on=["invoice", "customer_no", "category", "channel", "amount"], suffixes=("", "_bought"))
    assert pairs["invoice"].nunique() == len(back)
    assert (pairs["occurred_at"] > pairs["occurred_at_bought"]).all()
    assert lines["occurred_at"].max() < pd.Timestamp(sample.as_of) + pd.Timedelta(days=1)


def test_an_invoice_has_one_customer_one_channel_and_one_time(sample):
    per_invoice = sample.transactions.groupby("invoice")[["customer_no", "channel", "occurred_at"]].nunique()
    assert (per_invoice == 1).all(axis=None)


def test_the_same_seed_gives_the_same_club_and_another_seed_another(sample):
    again = generate()
    pd.testing.assert_frame_equal(sample.customers, again.customers)
    pd.testing.assert_frame_equal(sample.transactions, again.transactions)
    assert (sample.personas == again.personas).all()
    assert not sample.customers["income"].equals(generate(seed=8).customers["income"])


def test_values_are_missing_where_people_do_not_answer_and_nowhere_else(sample):
    missing = sample.customers.isna().mean()
    assert set(missing[missing > 0].index) == set(MISSING)
    assert missing[list(MISSING)].between(0.015, 0.055).all()


def test_the_truth_is_in_no_column(sample):
    names = {persona.name for persona in PERSONAS}
    assert not any(names & set(sample.customers[column].dropna().astype(str)) for column in sample.customers)
    assert not any("persona" in column for column in sample.customers)


def test_the_personas_have_uneven_shares(sample):
    shares = pd.Series(sample.personas).value_counts(normalize=True)
    assert len(shares) == len(PERSONAS)
    for persona in PERSONAS:
        assert shares[persona.name] == pytest.approx(persona.share, abs=0.03)


def test_figures_are_plausible_skewed_and_have_a_few_outliers(sample):
    customers = sample.customers
    age = AS_OF.year - customers["year_of_birth"].astype(float)
    assert age.quantile([0.01, 0.99]).between(18, 90).all()
    assert 20_000 < customers["income"].astype(float).median() < 50_000
    spend = customers[SPEND].sum(axis=1)
    assert spend.skew() > 3
    assert 500 < spend.median() < 5_000
    assert 0.001 < (spend > 20 * spend.median()).mean() < 0.03
    assert (customers["joined_on"] <= pd.Timestamp(AS_OF)).all()
    assert customers["recency_days"].between(0, WINDOW_DAYS).all()


def test_files_hold_the_club_with_whole_numbers_whole_and_missing_empty(sample, tmp_path):
    customers, transactions = write_csv(sample, tmp_path)
    text = pd.read_csv(customers, dtype=str, keep_default_na=False)
    assert list(text.columns) == list(sample.customers.columns)
    assert text["income"].str.fullmatch(r"\d*").all()
    assert text["year_of_birth"].str.fullmatch(r"(\d{4})?").all()
    assert text["joined_on"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert (text["income"] == "").sum() == sample.customers["income"].isna().sum()
    assert text["spend_groceries"].astype(float).equals(sample.customers["spend_groceries"])
    lines = pd.read_csv(transactions, dtype=str, keep_default_na=False)
    assert len(lines) == len(sample.transactions)
    assert lines["occurred_at"].str.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").all()
