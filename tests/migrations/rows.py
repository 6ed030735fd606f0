"""Rows for the tables of the two revisions, as a program of that time wrote them."""

from __future__ import annotations

from tests.migrations.two_revisions import NEWEST, OLDEST

# Ids are given out by the database, from 1. Every column has a value in one row of its table, and
# what may be null is null in another.
_OLD = """
INSERT INTO users
    (email, hashed_password, time_zone, week_starts_on, day_starts_at, created_at, updated_at)
VALUES
    ('ada@example.com', 'h4sh', 'Asia/Tokyo', 7, 240, '2026-01-01 09:30:00', '2026-01-01 09:30:00'),
    ('grace@example.com', NULL, 'UTC', 1, 0, '2026-01-01 10:00:00.123456',
     '2026-01-01 10:00:00.123456');

INSERT INTO user_pauses
    (user_id, starts_on, ends_on, reason)
VALUES
    (1, '2025-01-01', '2025-01-03', 'away'),
    (2, '2030-01-05', NULL, NULL);

INSERT INTO categories
    (user_id, name, name_key, created_at, updated_at)
VALUES
    (1, 'Work', 'work', '2026-01-01 12:00:00', '2026-01-01 12:00:00'),
    (2, 'Straße', 'strasse', '2026-01-01 12:00:00', '2026-01-01 12:00:00');

INSERT INTO tasks
    (user_id, title, title_key, description, description_key, category_id, completed, completed_at,
     completed_on, due_date, due_at, due_day, archived_at, position, external_id, created_at,
     updated_at, starts_on, priority, estimate_minutes, parent_id, recurrence, repeats_from,
     recurrence_start, recurrence_time, occurrence_date, occurrence_number, reopened_at,
     time_of_day, starts_days_before)
VALUES
    (1, 'Write', 'write', 'a Report', 'a report', 1, true, '2026-01-02 12:00:00',
     '2026-01-02', '2026-01-03', NULL, '2026-01-03', NULL, 1, 't-1', '2026-01-01 12:00:00',
     '2026-01-02 12:00:00', '2026-01-01', 1, 90, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL),
    (1, 'Call', 'call', NULL, NULL, NULL, false, NULL,
     NULL, NULL, '2026-01-03 15:00:00', '2026-01-03', '2026-01-02 12:00:00', 2, NULL,
     '2026-01-01 12:00:00', '2026-01-01 12:00:00', NULL, NULL, NULL, 1, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, '15:00:00.5', NULL),
    (2, 'Read', 'read', NULL, NULL, 2, false, NULL,
     NULL, NULL, NULL, NULL, NULL, 3, NULL, '2026-01-01 12:00:00', '2026-01-01 12:00:00',
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (1, 'Water', 'water', NULL, NULL, NULL, false, NULL,
     NULL, NULL, '2026-01-08 09:00:00.5', '2026-01-08', NULL, 4, NULL, '2026-01-01 12:00:00',
     '2026-01-01 12:00:00', '2026-01-06', NULL, NULL, NULL, 'FREQ=WEEKLY', 'due', '2026-01-01',
     '09:00:00.5', '2026-01-08', 2, '2026-01-02 12:00:00.5', NULL, 2);

INSERT INTO task_occurrences
    (user_id, task_id, number, occurrence_date, status, due_date, due_at, due_day,
     starts_on, due_time_zone, completed_at, completed_on, recorded_at)
VALUES
    (1, 4, 1, '2025-12-25', 'skipped', '2025-12-26', NULL, '2025-12-26',
     '2025-12-24', NULL,
     NULL, NULL, '2026-01-01 12:00:00'),
    (1, 4, 2, '2026-01-01', 'completed', NULL, '2026-01-01 09:00:00.5', '2026-01-01',
     NULL, 'UTC',
     '2026-01-02 12:00:00', '2026-01-02', '2026-01-02 12:00:00.5'),
    (1, 2, 1, '2026-01-01', 'completed', NULL, NULL, NULL, NULL, NULL,
     '2026-01-02 12:00:00', '2026-01-02', '2026-01-02 12:00:00.5');

INSERT INTO tags
    (user_id, name, name_key, created_at, updated_at)
VALUES
    (1, 'Home', 'home', '2026-01-01 12:00:00', '2026-01-01 12:00:00'),
    (2, 'Übung', 'übung', '2026-01-01 12:00:00', '2026-01-01 12:00:00');

INSERT INTO task_tags
    (user_id, task_id, tag_id)
VALUES
    (1, 1, 1),
    (1, 4, 1);

INSERT INTO habits
    (user_id, name, name_key, description, description_key, category_id, position, frequency,
     target, every, week_starts_on, starts_on, streak, longest_streak,
     streak_alive_through, earlier_streaks, external_id, starting_streak, starting_streak_on,
     weekdays, schedule_from, direction, counts, day_minimum, allowed_misses, unit,
     streak_grows_from, streak_misses, created_at, updated_at)
VALUES
    (1, 'Run', 'run', 'a Mile', 'a mile', 1, 1, 'daily', 1000, 1, 7, '2026-01-01', 2, 2,
     '2026-01-03', '[[739617, 1, 1, 739618, null, 0]]', 'h-1', NULL, NULL, NULL, NULL,
     'at_least', 'amount', NULL, 0, NULL, NULL, 0, '2026-01-01 12:00:00', '2026-01-01 12:00:00'),
    (2, 'Swim', 'swim', NULL, NULL, NULL, 2, 'weekly', 3000, 1, 1, '2026-01-01', 0, 0,
     NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     'at_least', 'days', 500, 1, 'km', NULL, 0, '2026-01-01 12:00:00', '2026-01-01 12:00:00'),
    (1, 'Read', 'read', NULL, NULL, NULL, 3, 'daily', 1000, 1, 7, '2026-01-02', 12, 12,
     '2026-01-02', NULL, NULL, 12, '2026-01-02', NULL, NULL,
     'at_least', 'amount', NULL, 0, NULL, NULL, 0, '2026-01-02 12:00:00', '2026-01-02 12:00:00'),
    (1, 'Lift', 'lift', NULL, NULL, NULL, 4, 'weekdays', 1000, 1, 7, '2026-01-01', 0, 0,
     NULL, NULL, NULL, NULL, NULL, 21, '2026-01-05',
     'at_least', 'amount', NULL, 0, NULL, '2026-01-01', 0, '2026-01-01 12:00:00',
     '2026-01-01 12:00:00'),
    (1, 'Water', 'water', NULL, NULL, NULL, 5, 'daily', 1500, 3, 7, '2026-01-01', 0, 0,
     NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     'at_most', 'amount', NULL, 0, 'litres', '2026-01-01', 0, '2026-01-01 12:00:00',
     '2026-01-01 12:00:00');

INSERT INTO habit_tags
    (user_id, habit_id, tag_id)
VALUES
    (1, 1, 1);

INSERT INTO habit_schedules
    (user_id, habit_id, effective_from, frequency, target, every, weekdays, week_starts_on,
     direction, counts, day_minimum, allowed_misses)
VALUES
    (1, 4, '2026-01-01', 'weekdays', 2000, 1, 3, 7, 'at_least', 'days', 500, 1),
    (1, 4, '2026-01-02', 'daily', 1000, 2, NULL, 1, 'at_most', 'amount', NULL, 0);

INSERT INTO check_ins
    (user_id, habit_id, day, status, amount, note, recorded_at)
VALUES
    (1, 1, '2026-01-01', 'done', 1000, 'in the rain', '2026-01-01 12:00:00'),
    (1, 1, '2026-01-02', 'done', 3000, NULL, '2026-01-02 12:00:00'),
    (2, 2, '2026-01-02', 'skipped', 0, NULL, '2026-01-02 12:00:00'),
    (2, 2, '2026-01-03', 'done', 0, NULL, '2026-01-03 12:00:00');

INSERT INTO topics
    (user_id, name, name_key, description, external_id, archived_at, created_at, updated_at)
VALUES
    (1, 'SQL', 'sql', 'and more', 'p-1', NULL, '2026-01-01 12:00:00', '2026-01-01 12:00:00'),
    (2, 'Rust', 'rust', NULL, NULL, '2026-01-02 12:00:00', '2026-01-01 12:00:00',
     '2026-01-01 12:00:00');

INSERT INTO sessions
    (user_id, topic_id, study_date, duration_seconds, notes, external_id, created_at, updated_at)
VALUES
    (1, 1, '2026-01-02', 1500, 'joins', 's-1', '2026-01-02 12:00:00', '2026-01-02 12:00:00'),
    (2, 2, '2026-01-02', 3000, NULL, NULL, '2026-01-02 12:00:00', '2026-01-02 12:00:00')
"""

_NEW = f"""{_OLD};

INSERT INTO habits
    (user_id, name, name_key, position, frequency, target, every, week_starts_on, starts_on, streak,
     longest_streak, archived_on, direction, counts, allowed_misses, streak_misses, created_at,
     updated_at)
VALUES
    (1, 'Row', 'row', 6, 'daily', 1000, 1, 7, '2026-01-01', 0, 0, '2026-01-09', 'at_least',
     'amount', 0, 0,
     '2026-01-01 12:00:00', '2026-01-01 12:00:00');

INSERT INTO habit_pauses
    (user_id, habit_id, starts_on, ends_on, reason)
VALUES
    (1, 4, '2026-01-01', '2026-01-03', 'ill'),
    (1, 4, '2026-01-05', NULL, NULL);

INSERT INTO sessions
    (user_id, topic_id, study_date, duration_seconds, notes, external_id, created_at,
     updated_at, started_at, ended_at, part_of)
VALUES
    (2, 2, '2026-01-02', 1800, NULL, 's-2', '2026-01-03 12:00:00',
     '2026-01-03 12:00:00',      '2026-01-02 23:30:00', '2026-01-03 00:00:00', NULL),
    (2, 2, '2026-01-03', 900, NULL, NULL, '2026-01-03 12:00:00',
     '2026-01-03 12:00:00',      '2026-01-03 00:00:00', '2026-01-03 00:15:00', 3);

INSERT INTO session_tags
    (user_id, session_id, tag_id)
VALUES
    (2, 3, 2);

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
