"""Pictures of habits, tasks and study, made by matplotlib: `from trackercore import plots`.

They need the extra: `pip install 'trackercore[notebook]'`.

All functions take these arguments in the same way:

- `session`: the SQLAlchemy session. `user_id`: the owner.
- `ax`: the axes to draw on; by default those of a new figure, which Jupyter shows.
- `now`: the current time, aware; by default the clock's.

Ids, days and errors are those of `trackercore.frames`.

They return the axes, so `axes.figure.savefig("habits.pdf")` saves a picture. pyplot is not used, so
no figure stays open. Colour-blind people can distinguish the colours, and no picture depends on
them: marks, hatches and lightness show the same.
"""

try:
    from trackercore.plots._amounts import amounts
    from trackercore.plots._calendar import calendar
    from trackercore.plots._completed_tasks import completed_tasks
    from trackercore.plots._done_calendar import done_calendar
    from trackercore.plots._streaks import streaks
    from trackercore.plots._strength import strength
    from trackercore.plots._weeks import weeks
except ModuleNotFoundError as _missing:
    raise ImportError(
        "trackercore.plots needs matplotlib and pandas: pip install 'trackercore[notebook]'",
        name=_missing.name,
    ) from _missing

__all__ = [
    "amounts",
    "calendar",
    "completed_tasks",
    "done_calendar",
    "streaks",
    "strength",
    "weeks",
]


def __dir__() -> list[str]:
    return __all__
