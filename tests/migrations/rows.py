"""Rows for the tables of the two revisions, as a program of that time wrote them."""

from __future__ import annotations

from tests.migrations.two_revisions import NEWEST, OLDEST

# Ids are given out by the database, from 1. Every column has a value in one row of its table, and
# what may be null is null in another.
_OLD = """
INSERT INTO users
    (email, hashed_password, time_zone, week_starts_on, day_starts_at, created_at)
VALUES
    ('ada@example.com', 'h4sh', 'Asia/Tokyo', 7, 240, '2026-01-01 09:30:00'),
    ('grace@example.com', NULL, 'UTC', 1, 0, '2026-01-01 10:00:00.123456');

INSERT INTO categories
    (user_id, name, name_key, created_at)
VALUES
    (1, 'Work', 'work', '2026-01-01 12:00:00'),
    (2, 'Straße', 'strasse', '2026-01-01 12:00:00');

INSERT INTO tasks
    (user_id, title, description, search_key, category_id, completed, completed_at, due_date,
     due_at, external_id, created_at)
VALUES
    (1, 'Write', 'a report', 'write\x1fa report', 1, true, '2026-01-02 12:00:00', '2026-01-03',
     NULL, 't-1', '2026-01-01 12:00:00'),
    (1, 'Call', NULL, 'call', NULL, false, NULL, NULL, '2026-01-03 15:00:00',
     NULL, '2026-01-01 12:00:00'),
    (2, 'Read', NULL, 'read', 2, false, NULL, NULL, NULL, NULL, '2026-01-01 12:00:00');

INSERT INTO habits
    (user_id, name, frequency, target, every, week_starts_on, starts_on, streak, longest_streak,
     streak_alive_through, earlier_streaks, external_id, starting_streak, starting_streak_on,
     weekdays, schedule_from, created_at)
VALUES
    (1, 'Run', 'daily', 1, 1, 7, '2026-01-01', 2, 2,
     '2026-01-03', '[[739617, 1, 1, 739618]]', 'h-1', NULL, NULL, NULL, NULL,
     '2026-01-01 12:00:00'),
    (2, 'Swim', 'weekly', 3, 1, 1, '2026-01-01', 0, 0,
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-01 12:00:00'),
    (1, 'Read', 'daily', 1, 1, 7, '2026-01-02', 12, 12,
     '2026-01-02', NULL, NULL, 12, '2026-01-02', NULL, NULL, '2026-01-02 12:00:00'),
    (1, 'Lift', 'weekdays', 1, 1, 7, '2026-01-01', 0, 0,
     NULL, NULL, NULL, NULL, NULL, 21, '2026-01-05', '2026-01-01 12:00:00'),
    (1, 'Water', 'daily', 1, 3, 7, '2026-01-01', 0, 0,
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-01 12:00:00');

INSERT INTO habit_schedules
    (user_id, habit_id, effective_from, frequency, target, every, weekdays, week_starts_on)
VALUES
    (1, 4, '2026-01-01', 'weekdays', 2, 1, 3, 7),
    (1, 4, '2026-01-02', 'daily', 1, 2, NULL, 1);

INSERT INTO check_ins
    (user_id, habit_id, day, status, amount, note, recorded_at)
VALUES
    (1, 1, '2026-01-01', 'done', 1, 'in the rain', '2026-01-01 12:00:00'),
    (1, 1, '2026-01-02', 'done', 3, NULL, '2026-01-02 12:00:00'),
    (2, 2, '2026-01-02', 'skipped', 1, NULL, '2026-01-02 12:00:00');

INSERT INTO topics
    (user_id, name, name_key, description, external_id, created_at)
VALUES
    (1, 'SQL', 'sql', 'and more', 'p-1', '2026-01-01 12:00:00'),
    (2, 'Rust', 'rust', NULL, NULL, '2026-01-01 12:00:00');

INSERT INTO sessions
    (user_id, topic_id, study_date, duration_seconds, notes, external_id, created_at)
VALUES
    (1, 1, '2026-01-02', 1500, 'joins', 's-1', '2026-01-02 12:00:00'),
    (2, 2, '2026-01-02', 3000, NULL, NULL, '2026-01-02 12:00:00')
"""

_NEW = f"""{_OLD};

INSERT INTO habits
    (user_id, name, frequency, target, every, week_starts_on, starts_on, streak, longest_streak,
     archived_on, created_at)
VALUES
    (1, 'Row', 'daily', 1, 1, 7, '2026-01-01', 0, 0, '2026-01-09', '2026-01-01 12:00:00');

INSERT INTO habit_pauses
    (user_id, habit_id, starts_on, ends_on)
VALUES
    (1, 4, '2026-01-01', '2026-01-03'),
    (1, 4, '2026-01-05', NULL);

INSERT INTO sessions
    (user_id, topic_id, study_date, duration_seconds, notes, external_id, created_at,
     started_at, ended_at, part_of)
VALUES
    (2, 2, '2026-01-02', 1800, NULL, 's-2', '2026-01-03 12:00:00',
     '2026-01-02 23:30:00', '2026-01-03 00:00:00', NULL),
    (2, 2, '2026-01-03', 900, NULL, NULL, '2026-01-03 12:00:00',
     '2026-01-03 00:00:00', '2026-01-03 00:15:00', 3);

INSERT INTO timers
    (user_id, topic_id, started_at, notes)
VALUES
    (1, 1, '2026-01-04 12:00:00', 'joins'),
    (2, 2, '2026-01-04 12:00:00.5', NULL);

INSERT INTO study_goals
    (user_id, topic_key, weekday, effective_from, topic_id, minutes)
VALUES
    (1, 0, 0, '2026-01-01', NULL, 60),
    (1, 1, 7, '2026-01-05', 1, NULL)
"""

ROWS = {OLDEST: _OLD.split(";"), NEWEST: _NEW.split(";")}
"""INSERT statements by revision, in an order that the foreign keys allow."""
