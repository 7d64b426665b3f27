"""A way that goes past the border: it lands, is as sure as asked, and keeps locks and limits."""

import pytest
from unit.test_whatif_paths import Shop

from segmentation import scoring
from segmentation.whatif.limits import number, relocked
from segmentation.whatif.paths import find_path, reach_of
from segmentation.whatif.safer import safer


@pytest.mark.slow
def test_it_is_as_sure_as_asked_within_locks_and_limits():
    shop = Shop()
    own, found = relocked(shop.limits, ["visits"]), 0
    for at in range(0, 36, 3):
        target = (int(shop.labels[at]) + 1) % 4
        values, members = shop.values(at), shop.labels == target
        [least, *_] = find_path(shop.bundle, shop.controls, values, own, target).ways or [None]
        if least is None:
            continue
        sure = least.landing.confidence + 0.01
        middle = {name: float(shop.frame.loc[members, name].median()) for name in ("wine", "fish", "visits")}
        near = reach_of(own, values)
        further = safer(shop.bundle, shop.controls, values, near, least.landing, middle, target, sure)
        if further is None:
            continue
        found += 1
        scored = scoring.assign(shop.bundle, shop.frame.iloc[[at]].assign(**further.changes))
        assert scored.label[0] == target
        assert scored.confidence[0] == further.confidence >= sure > least.landing.confidence
        assert "visits" not in further.changes
        for name, value in further.changes.items():
            if near[name].kind == "number":
                assert near[name].low <= number(value, "number") <= near[name].high
        already = safer(shop.bundle, shop.controls, values, near, further, middle, target, sure)
        assert already is None
    assert found
