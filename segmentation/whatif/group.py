"""The same change for many customers at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segmentation.controls import Control
from segmentation.simulator import rows


def with_values(frame: pd.DataFrame, values: Mapping[str, Any], controls: Sequence[Control]) -> pd.DataFrame:
    """The customers with these inputs set for all of them; values are typed as `simulator.typed` gives them."""
    own = [control for control in controls if control.name in values]
    one = rows([values], own)
    return frame.assign(**{control.name: one[control.name].to_numpy()[[0] * len(frame)] for control in own})
