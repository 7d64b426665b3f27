"""What doctests of `dashboard.formatting` do not show: the edges, over many values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import formatting as f

FORMATS = (f.number, f.measure, f.plain, f.change, f.percent, f.statistic, f.z_score, f.lift, f.times, f.duration)


@pytest.mark.parametrize("write", FORMATS)
@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_missing_figure_is_said_not_shown_as_zero(write, missing):
    assert write(missing) == f.MISSING


def test_a_missing_date_is_said():
    assert f.day(None) == f.moment(None) == f.MISSING


@pytest.mark.parametrize("write", FORMATS[:7])
@given(value=st.floats(-1e12, 1e12))
def test_minus_is_never_a_hyphen_and_zero_has_no_sign(write, value):
    text = write(value)
    assert "-" not in text
    assert not (text.strip("−+").strip("0.,%") == "" and text[0] in "−+")


@given(share=st.floats(0, 1), digits=st.integers(0, 1))
def test_a_share_that_is_not_nothing_never_reads_as_nothing(share, digits):
    text = f.percent(share, digits)
    assert (text in ("0%", "0.0%")) == (share == 0)
    assert (text in ("100%", "100.0%")) == (share == 1)


@given(value=st.floats(-1e9, 1e9))
def test_a_change_carries_its_sign(value):
    text = f.change(value)
    assert text[0] == "+" if value >= 1 else text[0] == "−" if value <= -1 else True


@given(value=st.integers(0, 10**12))
def test_thousands_are_parted_and_nothing_is_lost(value):
    assert int(f.number(value).replace(",", "")) == value
