"""Totals, check-ins, sessions and histories as pandas frames: `from trackercore import frames`.

They need the extra: `pip install 'trackercore[notebook]'`. Frames are indexed by days, as
`datetime64[s]`, which holds every date that Python has; so `.loc["2026-03"]` and `.resample("MS")`
work. Minutes and counts are int64, instants are aware, in UTC. Where nothing is found, the columns
and their types are the same.

Ids and days may be those that come out of a frame: a numpy integer, a `pd.Timestamp` at midnight.
"""

try:
    from trackercore.frames._records import check_ins, history, sessions
    from trackercore.frames._totals import minutes_by_topic, totals
except ModuleNotFoundError as _missing:
    raise ImportError(
        "trackercore.frames needs pandas: pip install 'trackercore[notebook]'", name=_missing.name
    ) from _missing

__all__ = ["check_ins", "history", "minutes_by_topic", "sessions", "totals"]
