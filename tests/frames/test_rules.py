"""The public rules with what numpy and pandas have."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trackercore import rules

TODAY = date(2026, 5, 6)
STREAK: Any = rules.streak


def test_a_series_is_refused_with_what_to_give_instead() -> None:
    with pytest.raises(TypeError, match=r"days: .* not a Series: .* give series\.to_dict\(\)"):
        STREAK(pd.Series({TODAY: 3}), "daily", TODAY)


def test_booleans_say_whether_the_day_was_done() -> None:
    days = {TODAY - timedelta(days=1): np.True_, TODAY: np.False_}
    assert STREAK(days, "daily", TODAY).current == 1
