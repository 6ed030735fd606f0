"""When a transaction asked for its turn to write, and when it got it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

TURN: Final = "trackercore_turn"
"""Key of a connection's `info`: the `Turn` of its transaction."""

ASKED_AT: Final = "trackercore_asked_at"
"""The same: when the connection was asked for, if its next transaction has waited from then on."""


class Turn(NamedTuple):
    """How long a transaction has waited for those before it.

    Attributes:
        asked_at: when it began to wait.
        began_at: when it could begin.
    """

    asked_at: datetime
    began_at: datetime
