"""Steps of one attribute for all members: comparable, within what can be, and scored as everybody is."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from unit.test_whatif_paths import FEATURES, Shop

from segmentation import scoring
from segmentation.whatif.group import ADD, SET, changed, ranges
from segmentation.whatif.pushes import pushes


def quantiles(column, kind):
    if kind not in ("number", "date"):
        return None
    names = {"0.05": 0.05, "0.25": 0.25, "0.75": 0.75, "0.95": 0.95, "min": 0, "max": 1}
    found = {name: column.quantile(share) for name, share in names.items()}
    return {name: str(end.date()) if kind == "date" else end for name, end in found.items()}


@pytest.fixture(scope="module")
def shop():
    found = Shop(FEATURES)
    found.everyone = {c.name: SimpleNamespace(quantiles=quantiles(found.frame[c.name], c.kind)) for c in found.controls}
    return found


def push(shop, members, everyone=None, limits=None):
    everyone = everyone or shop.everyone
    can = ranges(shop.controls, everyone, date(2023, 1, 1))
    return pushes(shop.bundle, members, shop.controls, limits or shop.limits, can, everyone), can


def test_every_step_moves_as_many_as_scoring_the_changed_members_alone(shop):
    members = shop.frame[shop.labels == 1]
    steps, can = push(shop, members)
    assert [each.moved for each in steps] == sorted((each.moved for each in steps), reverse=True)
    assert steps[0].moved > 0
    for each in steps:
        frame = changed(members, [each.change], shop.controls, can).frame
        labels = np.array([scoring.assign(shop.bundle, frame.iloc[[at]]).label[0] for at in range(0, len(frame), 10)])
        whole = scoring.assign(shop.bundle, frame).label
        assert (labels == whole[::10]).all()
        assert each.moved == (whole != 1).sum() == sum(count for _, count in each.to)
        assert all((whole == label).sum() == count for label, count in each.to)


def test_steps_are_half_the_middle_half_up_and_down_and_locked_inputs_stay(shop):
    steps, _ = push(shop, shop.frame.head(50))
    asked = {(each.change.attribute, each.change.how, each.change.value) for each in steps}
    free = {name for name, each in shop.limits.items() if not each.locked}
    assert {name for name, _, _ in asked} == free < set(shop.limits)
    for control in shop.controls:
        own = [(how, value) for name, how, value in asked if name == control.name]
        if control.name in free and control.kind == "number":
            told, grid = shop.everyone[control.name].quantiles, shop.limits[control.name].grid
            width = max((told["0.75"] - told["0.25"]) / 2, 0.0)
            up, down = sorted((value for _, value in own), reverse=True)
            assert up == -down == pytest.approx(max(grid, width), abs=grid / 2 + 0.05 * width)
            assert {how for how, _ in own} == {ADD}
        if control.name in free and control.kind == "flag":
            assert set(own) == {(SET, True), (SET, False)}


def test_where_the_middle_half_are_alike_the_step_is_of_the_wider_range_and_of_one_value_there_is_none(shop):
    name = next(each.name for each in shop.controls if each.kind == "number" and not shop.limits[each.name].locked)
    alike = {"0.05": 0.0, "0.25": 4.0, "0.75": 4.0, "0.95": 50.0, "min": 0.0, "max": 60.0}
    one = dict.fromkeys(alike, 4.0)
    for told, width in ((alike, 10.0), (one, None)):
        steps, _ = push(shop, shop.frame.head(20), shop.everyone | {name: SimpleNamespace(quantiles=told)})
        own = [each.change.value for each in steps if each.change.attribute == name]
        assert (max(own) if own else None) == (None if width is None else pytest.approx(width))


def test_members_without_a_value_are_where_they_were_and_nothing_goes_below_zero(shop):
    members = shop.frame.head(40).copy()
    name = next(each.name for each in shop.controls if each.kind == "number" and not shop.limits[each.name].locked)
    members[name] = np.nan
    steps, _ = push(shop, members)
    assert all(each.moved == 0 for each in steps if each.change.attribute == name)
    pd.testing.assert_frame_equal(members, shop.frame.head(40).assign(**{name: np.nan}))
