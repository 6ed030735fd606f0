"""Rules of repeating tasks: the RFC's own examples, a slow oracle, and what is refused."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import islice
from random import Random

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tests.domain.random_recurrences import Case, compare, differences
from tests.support import recurrence_oracle as oracle
from trackercore.domain.calendar import shift
from trackercore.domain.recurrence import Recurrence, check_repeats_from, parse_recurrence
from trackercore.domain.recurrence_days import ByDay
from trackercore.domain.recurrence_parts import InvalidRecurrence

BEFORE, END = date.min, date.max


def first_dates(rule: str, start: date, number: int) -> list[date]:
    return list(islice(parse_recurrence(rule).dates(start, shift(start, -1), END), number))


def days(text: str) -> list[date]:
    """The dates of "1997 9:2,9 10:1; 1998 1:5": years, months and days."""
    found: list[date] = []
    for of_year in text.split(";"):
        year, *months = of_year.split()
        for of_month in months:
            month, _, numbers = of_month.partition(":")
            found += [date(int(year), int(month), int(day)) for day in numbers.split(",")]
    return found


# Those of RFC 5545, 3.8.5.3, whose parts are supported, in its order. Where the RFC goes on for
# ever, or for longer than it writes, so do the rules. An UNTIL in UTC is the last local date that
# it allows: the examples are at 9:00 in New York.
RFC_EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", "1997 9:2,3,4,5,6,7,8,9,10,11"),
    ("FREQ=DAILY;INTERVAL=2", "1997 9:2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 10:2,4,6"),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", "1997 9:2,12,22 10:2,12"),
    ("FREQ=WEEKLY;COUNT=10", "1997 9:2,9,16,23,30 10:7,14,21,28 11:4"),
    (
        "FREQ=WEEKLY;UNTIL=19971223",
        "1997 9:2,9,16,23,30 10:7,14,21,28 11:4,11,18,25 12:2,9,16,23",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997 9:2,16,30 10:14,28 11:11,25 12:9,23; 1998 1:6,20 2:3,17",
    ),
    ("FREQ=WEEKLY;UNTIL=19971006;WKST=SU;BYDAY=TU,TH", "1997 9:2,4,9,11,16,18,23,25,30 10:2"),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997 9:2,4,9,11,16,18,23,25,30 10:2"),
    (
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971223;WKST=SU;BYDAY=MO,WE,FR",
        "1997 9:1,3,5,15,17,19,29 10:1,3,13,15,17,27,29,31 11:10,12,14,24,26,28 12:8,10,12,22",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997 9:2,4,16,18,30 10:2,14,16"),
    ("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997 9:5 10:3 11:7 12:5; 1998 1:2 2:6 3:6 4:3 5:1 6:5"),
    ("FREQ=MONTHLY;UNTIL=19971223;BYDAY=1FR", "1997 9:5 10:3 11:7 12:5"),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997 9:7,28 11:2,30; 1998 1:4,25 3:1,29 5:3,31",
    ),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997 9:22 10:20 11:17 12:22; 1998 1:19 2:16"),
    ("FREQ=MONTHLY;BYMONTHDAY=-3", "1997 9:28 10:29 11:28 12:29; 1998 1:29 2:26"),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "1997 9:2,15 10:2,15 11:2,15 12:2,15; 1998 1:2,15"),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "1997 9:30 10:1,31 11:1,30 12:1,31; 1998 1:1,31 2:1"),
    (
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997 9:10,11,12,13,14,15; 1999 3:10,11,12,13",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997 9:2,9,16,23,30 11:4,11,18,25; 1998 1:6,13,20,27 3:3,10,17,24,31",
    ),
    (
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997 6:10 7:10; 1998 6:10 7:10; 1999 6:10 7:10; 2000 6:10 7:10; 2001 6:10 7:10",
    ),
    (
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997 3:10; 1999 1:10 2:10 3:10; 2001 1:10 2:10 3:10; 2003 1:10 2:10 3:10",
    ),
    ("FREQ=YEARLY;BYDAY=20MO", "1997 5:19; 1998 5:18; 1999 5:17"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997 3:13,20,27; 1998 3:5,12,19,26; 1999 3:4,11,18,25"),
    (
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997 6:5,12,19,26 7:3,10,17,24,31 8:7,14,21,28; 1998 6:4,11,18,25 7:2,9,16,23,30",
    ),
    # The RFC leaves out the start here, with an EXDATE.
    (
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1997 9:2; 1998 2:13 3:13 11:13; 1999 8:13; 2000 10:13",
    ),
    (
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997 9:13 10:11 11:8 12:13; 1998 1:10 2:7 3:7 4:11 5:9 6:13",
    ),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996 11:5; 2000 11:7; 2004 11:2",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997 8:5,10,19,24"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997 8:5,17,19,31"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007 1:15,30 2:15 3:15,30"),
]


@pytest.mark.parametrize(("rule", "expected"), RFC_EXAMPLES)
def test_examples_of_rfc_5545(rule: str, expected: str) -> None:
    wanted = days(expected)
    assert first_dates(rule, wanted[0], len(wanted)) == wanted
    parsed = parse_recurrence(rule)
    assert parsed.count in (None, len(wanted))
    if parsed.until:
        assert list(parsed.dates(wanted[0], BEFORE, END)) == wanted


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=YEARLY;BYDAY=SU,MO,TU,WE,TH,FR,SA"])
def test_every_day_in_january_of_rfc_5545(rule: str) -> None:
    found = parse_recurrence(f"{rule};BYMONTH=1;UNTIL=20000131").dates(
        date(1998, 1, 1), BEFORE, END
    )
    assert list(found) == [
        date(year, 1, day) for year in (1998, 1999, 2000) for day in range(1, 32)
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY", "2014 1:31 2:28 3:31 4:30 5:31 6:30"),
        ("FREQ=MONTHLY", "2015 10:30 11:30 12:30; 2016 1:30 2:29 3:30"),
        ("FREQ=MONTHLY;INTERVAL=3", "2026 8:31 11:30; 2027 2:28 5:31"),
        ("FREQ=MONTHLY;BYMONTH=2,4,7", "2026 7:31; 2027 2:28 4:30 7:31; 2028 2:29 4:30"),
        ("FREQ=YEARLY", "2012 2:29; 2013 2:28; 2014 2:28; 2015 2:28; 2016 2:29"),
        ("FREQ=YEARLY", "1896 2:29; 1897 2:28; 1898 2:28; 1899 2:28; 1900 2:28; 1901 2:28"),
        ("FREQ=YEARLY;INTERVAL=3", "2024 2:29; 2027 2:28; 2030 2:28; 2033 2:28; 2036 2:29"),
        ("FREQ=YEARLY;BYMONTH=1,2", "2026 1:31 2:28; 2027 1:31 2:28; 2028 1:31 2:29"),
    ],
)
def test_a_day_that_comes_from_the_start_is_the_last_of_a_shorter_month(
    rule: str, expected: str
) -> None:
    """SKIP=BACKWARD of RFC 7529."""
    wanted = days(expected)
    assert first_dates(rule, wanted[0], len(wanted)) == wanted


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2014 1:31 3:31 5:31 7:31 8:31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-30", "2026 1:2 3:2 4:1 5:2"),
        ("FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=2", "2012 2:29; 2016 2:29; 2020 2:29"),
        ("FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=2", "1896 2:29; 1904 2:29"),
        ("FREQ=YEARLY;BYMONTHDAY=31", "2026 1:31 3:31 5:31 7:31 8:31 10:31 12:31; 2027 1:31"),
    ],
)
def test_a_day_that_is_written_is_left_out_of_a_shorter_month(rule: str, expected: str) -> None:
    wanted = days(expected)
    assert first_dates(rule, wanted[0], len(wanted)) == wanted


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # python-dateutil 2.9 and 4.0 look for Mondays that are the first Friday too.
        ("FREQ=MONTHLY;BYDAY=MO,1FR", "2026 6:1,5,8,15,22,29 7:3,6,13"),
        ("FREQ=YEARLY;BYDAY=-1SU,1MO,2MO", "2026 1:5,12 12:27; 2027 1:4,11 12:26"),
        ("FREQ=YEARLY;BYDAY=53TH,-53TH", "2026 1:1 12:31; 2032 1:1 12:30; 2037 1:1 12:31"),
        # The first Monday of the year, if it is the 5th of any month.
        ("FREQ=YEARLY;BYDAY=1MO;BYMONTHDAY=5", "2026 1:5; 2032 1:5; 2037 1:5"),
        ("FREQ=MONTHLY;BYDAY=5FR", "2026 1:30 5:29 7:31 10:30"),
        # The week of the start begins on a Sunday, before it.
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,SA;WKST=SU", "2026 11:7,15,21,29"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,SA", "2026 11:7,8,21,22"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "2026 11:2,16,30"),
        ("FREQ=DAILY;BYMONTHDAY=1,-1;BYMONTH=2,3", "2026 2:1,28 3:1,31; 2027 2:1"),
    ],
)
def test_parts_together(rule: str, expected: str) -> None:
    wanted = days(expected)
    assert first_dates(rule, wanted[0], len(wanted)) == wanted


def test_the_start_is_the_first_date_also_if_the_rule_does_not_contain_it() -> None:
    rule = parse_recurrence("FREQ=WEEKLY;BYDAY=MO;UNTIL=20261109")
    tuesday = date(2026, 11, 3)
    assert list(rule.dates(tuesday, BEFORE, END)) == [tuesday, date(2026, 11, 9)]
    assert list(rule.dates(tuesday, tuesday, END)) == [date(2026, 11, 9)]
    late = date(2026, 12, 1)
    assert list(rule.dates(late, BEFORE, END)) == [late]
    assert list(rule.dates(late, BEFORE, shift(late, -1))) == []


def test_a_date_that_never_comes_is_not_looked_for_for_ever() -> None:
    for rule in ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3"):
        assert first_dates(rule, date(2026, 11, 2), 2) == [date(2026, 11, 2)]


def test_a_date_a_thousand_years_away_is_found() -> None:
    rule = "FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29"
    assert first_dates(rule, date(2024, 2, 29), 3) == days("2024 2:29; 3024 2:29; 4024 2:29")


def test_the_calendar_ends_and_so_do_the_dates() -> None:
    assert first_dates("FREQ=DAILY", date(9999, 12, 30), 5) == days("9999 12:30,31")
    assert first_dates("FREQ=WEEKLY;WKST=SU", date(9999, 12, 20), 5) == days("9999 12:20,27")
    assert first_dates("FREQ=YEARLY", date(9998, 12, 31), 5) == days("9998 12:31; 9999 12:31")
    assert list(parse_recurrence("FREQ=MONTHLY").dates(date.min, date.min, date(1, 3, 1))) == days(
        "1 2:1 3:1"
    )


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=3", date(2026, 2, 27), date(2026, 3, 2)),
        ("FREQ=WEEKLY;INTERVAL=2", date(2026, 12, 25), date(2027, 1, 8)),
        ("FREQ=MONTHLY", date(2026, 1, 31), date(2026, 2, 28)),
        ("FREQ=MONTHLY", date(2026, 2, 28), date(2026, 3, 28)),
        ("FREQ=MONTHLY;INTERVAL=13", date(2026, 12, 31), date(2028, 1, 31)),
        ("FREQ=YEARLY", date(2024, 2, 29), date(2025, 2, 28)),
        ("FREQ=YEARLY;INTERVAL=4", date(2024, 2, 29), date(2028, 2, 29)),
        ("FREQ=DAILY;INTERVAL=1000", date(9999, 12, 1), END),
        ("FREQ=MONTHLY", date(9999, 12, 1), END),
        ("FREQ=YEARLY", date(9999, 2, 1), END),
    ],
)
def test_after_a_completion_comes_one_interval(rule: str, day: date, expected: date) -> None:
    assert parse_recurrence(rule).after_completion(day) == expected


@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 1000),
    st.dates(max_value=date(8000, 1, 1)),
)
def test_one_interval_after_a_completion_is_the_second_date_of_a_rule_that_starts_there(
    frequency: str, interval: int, day: date
) -> None:
    rule = f"FREQ={frequency};INTERVAL={interval}"
    assert [day, parse_recurrence(rule).after_completion(day)] == first_dates(rule, day, 2)


# What is in a rule


def test_every_part_is_read() -> None:
    rule = parse_recurrence(
        "FREQ=MONTHLY;UNTIL=20271231;INTERVAL=2;BYDAY=MO,-1FR;BYMONTHDAY=-1,7;BYMONTH=3,2;WKST=SU"
    )
    assert rule == Recurrence(
        "monthly",
        until=date(2027, 12, 31),
        interval=2,
        by_day=(ByDay(1), ByDay(5, -1)),
        by_month_day=(-1, 7),
        by_month=(2, 3),
        week_start=7,
    )
    assert parse_recurrence("FREQ=DAILY;COUNT=3") == Recurrence("daily", count=3)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("freq=daily", "FREQ=DAILY"),
        (" RRULE:FREQ=DAILY\n", "FREQ=DAILY"),
        ("rrule:Freq=Weekly;ByDay=mo", "FREQ=WEEKLY;BYDAY=MO"),
        ("INTERVAL=1;WKST=MO;FREQ=WEEKLY", "FREQ=WEEKLY"),
        ("COUNT=07;FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=7"),
        ("FREQ=WEEKLY;BYDAY=SU,MO,MO", "FREQ=WEEKLY;BYDAY=MO,SU"),
        ("FREQ=MONTHLY;BYDAY=+1MO,+02TU", "FREQ=MONTHLY;BYDAY=1MO,2TU"),
        ("FREQ=MONTHLY;BYMONTHDAY=+5,01,-1", "FREQ=MONTHLY;BYMONTHDAY=-1,1,5"),
        (
            "WKST=SU;BYMONTH=2,1;BYMONTHDAY=3;BYDAY=FR;INTERVAL=2;UNTIL=20270101;FREQ=YEARLY",
            "FREQ=YEARLY;UNTIL=20270101;INTERVAL=2;BYDAY=FR;BYMONTHDAY=3;BYMONTH=1,2;WKST=SU",
        ),
        ("FREQ=DAILY;UNTIL=00090101", "FREQ=DAILY;UNTIL=00090101"),
        ("freq=daily;until=20270101t090000z", "FREQ=DAILY;UNTIL=20270101T090000Z"),
        ("FREQ=DAILY;UNTIL=20270101T000000", "FREQ=DAILY;UNTIL=20270101T000000"),
    ],
)
def test_the_canonical_text(text: str, canonical: str) -> None:
    rule = parse_recurrence(text)
    assert str(rule) == canonical
    assert parse_recurrence(canonical) == rule


def test_an_until_with_a_time_becomes_a_date() -> None:
    rule = parse_recurrence("FREQ=DAILY;UNTIL=19971224T000000Z")
    assert rule.until is None
    assert rule.until_at is not None
    assert rule.until_at.isoformat() == "1997-12-24T00:00:00+00:00"
    assert str(rule.ending_on(date(1997, 12, 23))) == "FREQ=DAILY;UNTIL=19971223"
    local = parse_recurrence("FREQ=DAILY;UNTIL=19971224T090000").until_at
    assert local is not None
    assert local.tzinfo is None


@pytest.mark.parametrize(
    ("rule", "code", "part"),
    [
        ("", "recurrence_format", ""),
        ("daily", "recurrence_format", "daily"),
        ("FREQ", "recurrence_format", "FREQ"),
        ("FREQ=", "recurrence_format", "FREQ="),
        ("=DAILY", "recurrence_format", "=DAILY"),
        ("FREQ=DAILY;", "recurrence_format", ""),
        ("FREQ=DA\u0131LY", "recurrence_format", "FREQ=DA\u0131LY"),
        ("FREQ=DAILY;COUNT=\u0663", "recurrence_format", "COUNT=\u0663"),
        ("FREQ=DAILY;BYSETPOS=1", "recurrence_part_unknown", "BYSETPOS"),
        ("FREQ=DAILY;BYHOUR=9", "recurrence_part_unknown", "BYHOUR"),
        ("FREQ=YEARLY;BYYEARDAY=100", "recurrence_part_unknown", "BYYEARDAY"),
        ("FREQ=YEARLY;BYWEEKNO=20", "recurrence_part_unknown", "BYWEEKNO"),
        ("RSCALE=GREGORIAN;FREQ=DAILY", "recurrence_part_unknown", "RSCALE"),
        ("FREQ=DAILY;EVERY=2", "recurrence_part_unknown", "EVERY"),
        (
            "DTSTART:20260101\nRRULE:FREQ=DAILY",
            "recurrence_part_unknown",
            "DTSTART:20260101\nRRULE:FREQ",
        ),
        ("FREQ=DAILY; COUNT=2", "recurrence_part_unknown", " COUNT"),
        ("FREQ=DAILY;FREQ=DAILY", "recurrence_part_twice", "FREQ"),
        ("FREQ=DAILY;COUNT=2;COUNT=2", "recurrence_part_twice", "COUNT"),
        ("INTERVAL=2", "recurrence_part_missing", "FREQ"),
        ("FREQ=HOURLY", "recurrence_value", "FREQ"),
        ("FREQ=FORTNIGHTLY", "recurrence_value", "FREQ"),
        ("FREQ=DAILY;INTERVAL=0", "recurrence_value", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-1", "recurrence_value", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1.5", "recurrence_value", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1001", "recurrence_value", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "recurrence_value", "COUNT"),
        ("FREQ=DAILY;COUNT=1000001", "recurrence_value", "COUNT"),
        (f"FREQ=DAILY;COUNT={'9' * 900}", "recurrence_value", "COUNT"),
        ("FREQ=DAILY;UNTIL=2027-01-01", "recurrence_value", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20270230", "recurrence_value", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20270101T250000Z", "recurrence_value", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20270101T09", "recurrence_value", "UNTIL"),
        ("FREQ=DAILY;UNTIL=00010101T000000Z", "recurrence_value", "UNTIL"),
        ("FREQ=DAILY;UNTIL=99991231T000000", "recurrence_value", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=MON", "recurrence_value", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=MO,", "recurrence_value", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "recurrence_value", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "recurrence_value", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=1MO,-6MO", "recurrence_value", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=6MO;BYMONTH=1", "recurrence_value", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=54MO", "recurrence_value", "BYDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "recurrence_value", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "recurrence_value", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=-32", "recurrence_value", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,x", "recurrence_value", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYMONTH=0", "recurrence_value", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=13", "recurrence_value", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=-1", "recurrence_value", "BYMONTH"),
        ("FREQ=WEEKLY;WKST=1", "recurrence_value", "WKST"),
        ("FREQ=WEEKLY;WKST=MO,TU", "recurrence_value", "WKST"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "recurrence_parts_exclude", "UNTIL"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "recurrence_parts_exclude", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "recurrence_weekday_numbered", "BYDAY"),
        ("FREQ=DAILY;BYDAY=MO,-1MO", "recurrence_weekday_numbered", "BYDAY"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "recurrence_without_dates", "BYMONTHDAY"),
        ("FREQ=DAILY;BYMONTH=2,4;BYMONTHDAY=31,-31", "recurrence_without_dates", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8", "recurrence_without_dates", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYDAY=1MO;BYMONTHDAY=8", "recurrence_without_dates", "BYMONTHDAY"),
    ],
)
def test_a_wrong_rule_is_refused_by_its_part(rule: str, code: str, part: str) -> None:
    with pytest.raises(InvalidRecurrence) as caught:
        parse_recurrence(rule)
    assert (caught.value.code, caught.value.facts["part"]) == (code, part)
    assert not part or repr(part)[1:-1] in str(caught.value)


def test_a_numbered_weekday_of_a_week_is_shown_without_its_number() -> None:
    with pytest.raises(InvalidRecurrence) as caught:
        parse_recurrence("BYDAY=SU,-1mo;freq=weekly")
    assert str(caught.value) == "BYDAY takes no numbers with FREQ=WEEKLY: MO, not -1MO"
    assert caught.value.facts == {"part": "BYDAY", "other": "FREQ=WEEKLY", "value": "-1MO"}


@pytest.mark.parametrize("part", ["BYDAY=MO", "BYMONTHDAY=1", "BYMONTH=1", "WKST=SU"])
def test_after_a_completion_there_are_no_days_to_choose(part: str) -> None:
    rule = parse_recurrence(f"FREQ=MONTHLY;INTERVAL=2;COUNT=3;{part}")
    check_repeats_from(rule, "due")
    with pytest.raises(InvalidRecurrence) as caught:
        check_repeats_from(rule, "completion")
    assert caught.value.facts == {"part": part.partition("=")[0]}
    for last in ("COUNT=3", "UNTIL=20270101", "UNTIL=20270101T000000Z"):
        check_repeats_from(parse_recurrence(f"FREQ=MONTHLY;INTERVAL=2;{last}"), "completion")


# Any rule

few_examples = settings(max_examples=settings().max_examples // 5)
FREQUENCIES = st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
STARTS = st.dates() | st.dates(date(2023, 1, 1), date(2029, 1, 1))


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule that is not refused."""
    weekdays = st.sampled_from(oracle.WEEKDAYS)
    parts = {"FREQ": draw(FREQUENCIES)}
    month_days = st.integers(1, 31) | st.integers(-31, -1)
    optional = {
        "INTERVAL": st.integers(1, 6).map(str) | st.integers(1, 1000).map(str),
        "BYDAY": lists(weekdays),
        "BYMONTH": lists(st.integers(1, 12).map(str)),
        "WKST": weekdays,
    }
    if parts["FREQ"] != "WEEKLY":
        optional["BYMONTHDAY"] = lists(month_days.map(str))
    if parts["FREQ"] in {"MONTHLY", "YEARLY"}:
        ordinals = st.sampled_from(["", "1", "2", "3", "4", "5", "-1", "-2", "-5"])
        optional["BYDAY"] = lists(st.builds("{}{}".format, ordinals, weekdays))
    parts |= draw(st.fixed_dictionaries({}, optional=optional))
    parts |= draw(
        st.fixed_dictionaries({}, optional={"COUNT": st.integers(1, 99).map(str)})
        | st.fixed_dictionaries({"UNTIL": STARTS.map(lambda day: f"{day:%Y%m%d}".zfill(8))})
    )
    rule = ";".join(f"{part}={value}" for part, value in parts.items())
    try:
        parse_recurrence(rule)
    except InvalidRecurrence:
        reject()
    return rule


@few_examples
@given(rules(), STARTS, st.integers(-10, 3_000), st.integers(0, 400))
def test_any_rule_has_the_dates_of_the_slow_oracle(
    rule: str, start: date, later: int, length: int
) -> None:
    after = shift(start, later)
    assert list(differences(Case(rule, start, after, shift(after, length)))) == []


@few_examples
@given(rules(), STARTS, st.integers(-10, 3_000))
def test_where_one_begins_to_look_makes_no_difference(rule: str, start: date, later: int) -> None:
    parsed, after = parse_recurrence(rule), shift(start, later)
    last = shift(after, 400)
    everything = parsed.dates(start, shift(start, -1), last)
    assert list(parsed.dates(start, after, last)) == [day for day in everything if day > after]


@few_examples
@given(rules(), STARTS, st.integers(-10, 3_000), st.integers(-10, 3_000))
def test_dates_are_counted_as_they_are_listed(
    rule: str, start: date, later: int, length: int
) -> None:
    parsed, after = parse_recurrence(rule), shift(start, later)
    last = shift(after, length)
    listed = list(parsed.dates(start, after, last))
    assert parsed.number_of_dates(start, after, last) == len(listed)


@few_examples
@given(st.sampled_from([("MONTHLY", 1), ("YEARLY", 12)]), st.integers(1, 40), STARTS)
def test_no_date_drifts(frequency: tuple[str, int], interval: int, start: date) -> None:
    """Each date is so many months after the start, on its day or on the last one there is."""
    name, months = frequency
    found = first_dates(f"FREQ={name};INTERVAL={interval}", start, 50)
    for number, day in enumerate(found):
        passed = 12 * (day.year - start.year) + day.month - start.month
        assert passed == number * interval * months
        assert day.day == min(start.day, monthrange(day.year, day.month)[1])
    assert len(found) == 50 or found[-1] > date(9999, 12, 31) - timedelta(days=366 * interval)


@few_examples
@given(rules(), st.randoms())
def test_parts_in_any_order_and_letter_case_are_the_same_rule(rule: str, chance: Random) -> None:
    parts = rule.split(";")
    chance.shuffle(parts)
    written = "".join(chance.choice([char.lower(), char]) for char in ";".join(parts))
    parsed = parse_recurrence(written)
    assert parsed == parse_recurrence(rule)
    assert parse_recurrence(str(parsed)) == parsed
    assert str(parse_recurrence(str(parsed))) == str(parsed)


@given(st.text() | st.text("FREQ=DAILY;BYMONTH,0123456789-+TZ:", max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        parse_recurrence(text)
    except InvalidRecurrence as error:
        part = error.facts["part"]
        assert part in f"{text} {text.upper()} FREQ"


def test_random_rules_have_the_dates_of_the_slow_oracle() -> None:
    counts = compare(seed=0, number=200)
    assert counts["rules"] == 200
    assert len(counts) > 40  # every frequency, combination of parts and so on
