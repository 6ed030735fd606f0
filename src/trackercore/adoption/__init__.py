"""Turning the tables of FocusFlow and StudyTracker into trackercore's, with their rows."""

from trackercore.adoption.reasons import RefusalReason
from trackercore.adoption.report import AdoptReport, Finding
from trackercore.adoption.run import adopt

__all__ = ["AdoptReport", "Finding", "RefusalReason", "adopt"]


def __dir__() -> list[str]:
    return __all__
