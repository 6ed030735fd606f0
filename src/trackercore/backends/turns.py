"""When a transaction began to wait for its turn to write, and when it got it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

TURN: Final = "trackercore_turn"
"""Key of a connection's `info`: the `Turn` of its transaction."""

WAITED_SINCE: Final = "trackercore_waited_since"
"""The same: since when the next transaction has waited, if it was for the connection itself."""


class Turn(NamedTuple):
    """How long a transaction has waited for those before it.

    Attributes:
        waited_since: when it began to wait.
        began_at: when it could begin.
    """

    waited_since: datetime
    began_at: datetime
