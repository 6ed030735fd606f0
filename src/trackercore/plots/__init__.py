"""Pictures of habits and study, made by matplotlib: `from trackercore import plots`.

They need the extra: `pip install 'trackercore[notebook]'`. Each function draws on the axes that it
is given, or on a figure of its own, which Jupyter shows, and returns the axes; so a picture is
saved by `axes.figure.savefig("habits.pdf")`. No state of pyplot's is used or left behind. Colours
suit the colour-blind, and no picture needs them: marks, hatches and lightness tell as much.
"""

try:
    from trackercore.plots._calendar import calendar
    from trackercore.plots._streaks import streaks
    from trackercore.plots._weeks import weeks
except ModuleNotFoundError as _missing:
    raise ImportError(
        "trackercore.plots needs matplotlib and pandas: pip install 'trackercore[notebook]'",
        name=_missing.name,
    ) from _missing

__all__ = ["calendar", "streaks", "weeks"]
