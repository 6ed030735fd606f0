CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(255) NOT NULL,
    hashed_password VARCHAR(255),
    time_zone VARCHAR(64) NOT NULL,
    week_starts_on INTEGER NOT NULL,
    day_starts_at INTEGER NOT NULL,
    extra TEXT DEFAULT '{}' NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    CONSTRAINT ck_users_extra CHECK (substr(extra, 1, 1) = '{' AND length(extra) <= 16384),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT ck_users_email_lower_case CHECK (email = lower(email)),
    CONSTRAINT ck_users_week_starts_on CHECK (week_starts_on BETWEEN 1 AND 7),
    CONSTRAINT ck_users_day_starts_at CHECK (day_starts_at BETWEEN 0 AND 1439)
);
CREATE TABLE categories (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    name_key TEXT NOT NULL,
    extra TEXT DEFAULT '{}' NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (user_id, id),
    CONSTRAINT uq_categories_user_id_name_key UNIQUE (user_id, name_key),
    CONSTRAINT ck_categories_extra CHECK (substr(extra, 1, 1) = '{' AND length(extra) <= 16384),
    CONSTRAINT fk_categories_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE tasks (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    title VARCHAR(255) NOT NULL,
    title_key TEXT NOT NULL,
    description TEXT,
    description_key TEXT,
    category_id INTEGER,
    completed BOOLEAN NOT NULL,
    completed_at DATETIME,
    completed_on DATE,
    due_date DATE,
    due_at DATETIME,
    due_day DATE,
    starts_on DATE,
    priority SMALLINT,
    estimate_minutes INTEGER,
    parent_id INTEGER,
    time_of_day TIME,
    possible_parent_id INTEGER GENERATED ALWAYS AS (CASE WHEN parent_id IS NULL THEN id END) STORED,
    recurrence TEXT,
    repeats_from VARCHAR(10),
    recurrence_start DATE,
    recurrence_time TIME,
    starts_days_before INTEGER,
    occurrence_date DATE,
    occurrence_number INTEGER,
    reopened_at DATETIME,
    archived_at DATETIME,
    position INTEGER NOT NULL,
    external_id VARCHAR(255),
    extra TEXT DEFAULT '{}' NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (user_id, id),
    CONSTRAINT fk_tasks_user_id_category_id FOREIGN KEY(user_id, category_id) REFERENCES categories (user_id, id),
    CONSTRAINT uq_tasks_user_id_possible_parent_id UNIQUE (user_id, possible_parent_id),
    CONSTRAINT fk_tasks_user_id_parent_id FOREIGN KEY(user_id, parent_id) REFERENCES tasks (user_id, possible_parent_id) ON DELETE CASCADE,
    CONSTRAINT ck_tasks_priority CHECK (priority BETWEEN 1 AND 9),
    CONSTRAINT ck_tasks_estimate_minutes CHECK (estimate_minutes >= 1),
    CONSTRAINT ck_tasks_no_subtask_repeats CHECK (parent_id IS NULL OR recurrence IS NULL),
    CONSTRAINT ck_tasks_recurrence CHECK ((recurrence IS NULL) = (repeats_from IS NULL) AND (recurrence IS NULL) = (recurrence_start IS NULL) AND (recurrence IS NULL) = (occurrence_date IS NULL) AND (recurrence IS NOT NULL OR occurrence_number IS NULL) AND (recurrence IS NOT NULL OR recurrence_time IS NULL) AND (recurrence IS NOT NULL OR starts_days_before IS NULL) AND (recurrence IS NULL OR due_day IS NOT NULL)),
    CONSTRAINT ck_tasks_occurrence_number CHECK (occurrence_number >= 1),
    CONSTRAINT ck_tasks_starts_days_before CHECK (starts_days_before >= 0),
    CONSTRAINT ck_tasks_repeats_from CHECK (repeats_from IN ('due', 'completion')),
    CONSTRAINT uq_tasks_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_tasks_one_due CHECK (due_date IS NULL OR due_at IS NULL),
    CONSTRAINT ck_tasks_due_day CHECK ((due_day IS NULL) = (due_date IS NULL AND due_at IS NULL) AND (due_date IS NULL OR due_date = due_day)),
    CONSTRAINT ck_tasks_completed_at_only_if_completed CHECK (completed OR completed_at IS NULL),
    CONSTRAINT ck_tasks_completed_on CHECK ((completed_on IS NULL) = (completed_at IS NULL)),
    CONSTRAINT ck_tasks_extra CHECK (substr(extra, 1, 1) = '{' AND length(extra) <= 16384),
    CONSTRAINT fk_tasks_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_tasks_user_id_category_id_id ON tasks (user_id, category_id, id);
CREATE INDEX ix_tasks_user_id_completed_id ON tasks (user_id, completed, id);
CREATE INDEX ix_tasks_user_id_completed_due_day_id ON tasks (user_id, completed, due_day, id);
CREATE INDEX ix_tasks_user_id_due_day_id ON tasks (user_id, due_day, id);
CREATE INDEX ix_tasks_user_id_completed_position_id ON tasks (user_id, completed, position, id);
CREATE INDEX ix_tasks_user_id_completed_completed_at_id ON tasks (user_id, completed, completed_at, id);
CREATE INDEX ix_tasks_user_id_created_at_id ON tasks (user_id, created_at, id);
CREATE INDEX ix_tasks_user_id_completed_on ON tasks (user_id, completed_on);
CREATE INDEX ix_tasks_user_id_completed_priority_id ON tasks (user_id, completed, priority, id);
CREATE INDEX ix_tasks_user_id_parent_id_position_id ON tasks (user_id, parent_id, position, id) WHERE parent_id IS NOT NULL;
CREATE INDEX ix_tasks_repeats ON tasks (user_id, repeats_from, completed) WHERE repeats_from IS NOT NULL;
CREATE TABLE task_occurrences (
    user_id INTEGER NOT NULL,
    task_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    occurrence_date DATE NOT NULL,
    status VARCHAR(10) NOT NULL,
    due_date DATE,
    due_at DATETIME,
    due_day DATE,
    starts_on DATE,
    due_time_zone VARCHAR(64),
    completed_at DATETIME,
    completed_on DATE,
    recorded_at DATETIME NOT NULL,
    CONSTRAINT pk_task_occurrences PRIMARY KEY (user_id, task_id, number),
    CONSTRAINT fk_task_occurrences_user_id_task_id FOREIGN KEY(user_id, task_id) REFERENCES tasks (user_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_task_occurrences_status CHECK (status IN ('completed', 'skipped')),
    CONSTRAINT ck_task_occurrences_one_due CHECK (due_date IS NULL OR due_at IS NULL),
    CONSTRAINT ck_task_occurrences_due_time_zone CHECK ((due_time_zone IS NULL) = (due_at IS NULL)),
    CONSTRAINT ck_task_occurrences_completed_at CHECK ((status = 'completed' OR completed_at IS NULL) AND (completed_on IS NULL) = (completed_at IS NULL))
);
CREATE INDEX ix_task_occurrences_by_completion ON task_occurrences (user_id, completed_on, task_id);
CREATE INDEX ix_task_occurrences_by_due_day ON task_occurrences (user_id, due_day, task_id);
CREATE TABLE habits (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    description_key TEXT,
    category_id INTEGER,
    frequency VARCHAR(50) NOT NULL,
    target INTEGER NOT NULL,
    every INTEGER NOT NULL,
    weekdays SMALLINT,
    week_starts_on INTEGER NOT NULL,
    direction VARCHAR(10) NOT NULL,
    counts VARCHAR(10) NOT NULL,
    day_minimum INTEGER,
    allowed_misses INTEGER NOT NULL,
    unit VARCHAR(50),
    starts_on DATE NOT NULL,
    streak INTEGER NOT NULL,
    longest_streak INTEGER NOT NULL,
    streak_alive_through DATE,
    streak_grows_from DATE,
    streak_misses INTEGER NOT NULL,
    earlier_streaks JSON,
    external_id VARCHAR(255),
    starting_streak INTEGER,
    starting_streak_on DATE,
    schedule_from DATE,
    archived_on DATE,
    position INTEGER NOT NULL,
    extra TEXT DEFAULT '{}' NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (user_id, id),
    CONSTRAINT fk_habits_user_id_category_id FOREIGN KEY(user_id, category_id) REFERENCES categories (user_id, id),
    CONSTRAINT uq_habits_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_habits_target CHECK (target >= 0 AND (target >= 1 OR direction = 'at_most') AND (counts = 'amount' OR target % 1000 = 0)),
    CONSTRAINT ck_habits_direction CHECK (direction IN ('at_least', 'at_most')),
    CONSTRAINT ck_habits_counts CHECK (counts IN ('amount', 'days')),
    CONSTRAINT ck_habits_day_minimum CHECK (day_minimum IS NULL OR (day_minimum >= 1 AND counts = 'days')),
    CONSTRAINT ck_habits_allowed_misses CHECK (allowed_misses BETWEEN 0 AND 1000),
    CONSTRAINT ck_habits_frequency CHECK (frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'yearly')),
    CONSTRAINT ck_habits_weekdays CHECK ((frequency IN ('weekdays')) = (weekdays IS NOT NULL) AND (weekdays IS NULL OR weekdays BETWEEN 1 AND 127)),
    CONSTRAINT ck_habits_every CHECK (every BETWEEN 1 AND 1000),
    CONSTRAINT ck_habits_week_starts_on CHECK (week_starts_on BETWEEN 1 AND 7),
    CONSTRAINT ck_habits_streaks CHECK (streak >= 0 AND longest_streak >= streak AND streak_misses >= 0),
    CONSTRAINT ck_habits_starting_streak CHECK ((starting_streak IS NULL) = (starting_streak_on IS NULL) AND (starting_streak IS NULL OR starting_streak >= 1)),
    CONSTRAINT ck_habits_extra CHECK (substr(extra, 1, 1) = '{' AND length(extra) <= 16384),
    CONSTRAINT fk_habits_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_habits_user_id_category_id_id ON habits (user_id, category_id, id);
CREATE TABLE habit_schedules (
    user_id INTEGER NOT NULL,
    habit_id INTEGER NOT NULL,
    effective_from DATE NOT NULL,
    frequency VARCHAR(50) NOT NULL,
    target INTEGER NOT NULL,
    every INTEGER NOT NULL,
    weekdays SMALLINT,
    week_starts_on INTEGER NOT NULL,
    direction VARCHAR(10) NOT NULL,
    counts VARCHAR(10) NOT NULL,
    day_minimum INTEGER,
    allowed_misses INTEGER NOT NULL,
    CONSTRAINT pk_habit_schedules PRIMARY KEY (user_id, habit_id, effective_from),
    CONSTRAINT ck_habit_schedules_target CHECK (target >= 0 AND (target >= 1 OR direction = 'at_most') AND (counts = 'amount' OR target % 1000 = 0)),
    CONSTRAINT ck_habit_schedules_direction CHECK (direction IN ('at_least', 'at_most')),
    CONSTRAINT ck_habit_schedules_counts CHECK (counts IN ('amount', 'days')),
    CONSTRAINT ck_habit_schedules_day_minimum CHECK (day_minimum IS NULL OR (day_minimum >= 1 AND counts = 'days')),
    CONSTRAINT ck_habit_schedules_allowed_misses CHECK (allowed_misses BETWEEN 0 AND 1000),
    CONSTRAINT ck_habit_schedules_frequency CHECK (frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'yearly')),
    CONSTRAINT ck_habit_schedules_weekdays CHECK ((frequency IN ('weekdays')) = (weekdays IS NOT NULL) AND (weekdays IS NULL OR weekdays BETWEEN 1 AND 127)),
    CONSTRAINT ck_habit_schedules_every CHECK (every BETWEEN 1 AND 1000),
    CONSTRAINT ck_habit_schedules_week_starts_on CHECK (week_starts_on BETWEEN 1 AND 7),
    CONSTRAINT fk_habit_schedules_user_id_habit_id FOREIGN KEY(user_id, habit_id) REFERENCES habits (user_id, id) ON DELETE CASCADE
);
CREATE TABLE habit_pauses (
    user_id INTEGER NOT NULL,
    habit_id INTEGER NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    reason TEXT,
    CONSTRAINT pk_habit_pauses PRIMARY KEY (user_id, habit_id, starts_on),
    CONSTRAINT ck_habit_pauses_in_order CHECK (ends_on >= starts_on),
    CONSTRAINT fk_habit_pauses_user_id_habit_id FOREIGN KEY(user_id, habit_id) REFERENCES habits (user_id, id) ON DELETE CASCADE
);
CREATE TABLE user_pauses (
    user_id INTEGER NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    reason TEXT,
    CONSTRAINT pk_user_pauses PRIMARY KEY (user_id, starts_on),
    CONSTRAINT fk_user_pauses_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ck_user_pauses_in_order CHECK (ends_on >= starts_on)
);
CREATE TABLE check_ins (
    user_id INTEGER NOT NULL,
    habit_id INTEGER NOT NULL,
    day DATE NOT NULL,
    status VARCHAR(10) NOT NULL,
    amount INTEGER NOT NULL,
    note TEXT,
    recorded_at DATETIME NOT NULL,
    CONSTRAINT pk_check_ins PRIMARY KEY (user_id, habit_id, day),
    CONSTRAINT ck_check_ins_status CHECK (status IN ('done', 'skipped')),
    CONSTRAINT ck_check_ins_amount CHECK (amount >= 0 AND (status = 'done' OR amount = 0)),
    CONSTRAINT fk_check_ins_user_id_habit_id FOREIGN KEY(user_id, habit_id) REFERENCES habits (user_id, id) ON DELETE CASCADE
);
CREATE TABLE topics (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    external_id VARCHAR(255),
    archived_at DATETIME,
    extra TEXT DEFAULT '{}' NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (user_id, id),
    CONSTRAINT uq_topics_user_id_name_key UNIQUE (user_id, name_key),
    CONSTRAINT uq_topics_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_topics_extra CHECK (substr(extra, 1, 1) = '{' AND length(extra) <= 16384),
    CONSTRAINT fk_topics_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    topic_id INTEGER NOT NULL,
    study_date DATE NOT NULL,
    duration_seconds INTEGER NOT NULL,
    notes TEXT,
    external_id VARCHAR(255),
    started_at DATETIME,
    ended_at DATETIME,
    part_of INTEGER,
    extra TEXT DEFAULT '{}' NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (user_id, id),
    CONSTRAINT fk_sessions_user_id_topic_id FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_sessions_user_id_part_of FOREIGN KEY(user_id, part_of) REFERENCES sessions (user_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_sessions_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_sessions_times CHECK ((started_at IS NULL) = (ended_at IS NULL) AND (started_at IS NULL OR started_at < ended_at)),
    CONSTRAINT ck_sessions_part_of CHECK (part_of IS NULL OR (started_at IS NOT NULL AND external_id IS NULL AND part_of <> id)),
    CONSTRAINT ck_sessions_duration_seconds CHECK (duration_seconds BETWEEN 1 AND 93600),
    CONSTRAINT ck_sessions_extra CHECK (substr(extra, 1, 1) = '{' AND length(extra) <= 16384),
    CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_sessions_by_day ON sessions (user_id, study_date, id, topic_id, duration_seconds, part_of);
CREATE INDEX ix_sessions_by_time ON sessions (user_id, started_at, ended_at);
CREATE INDEX ix_sessions_by_part ON sessions (user_id, part_of);
CREATE INDEX ix_sessions_by_topic ON sessions (user_id, topic_id, study_date, duration_seconds);
CREATE TABLE tags (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    name_key TEXT NOT NULL,
    extra TEXT DEFAULT '{}' NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (user_id, id),
    CONSTRAINT uq_tags_user_id_name_key UNIQUE (user_id, name_key),
    CONSTRAINT ck_tags_extra CHECK (substr(extra, 1, 1) = '{' AND length(extra) <= 16384),
    CONSTRAINT fk_tags_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE task_tags (
    user_id INTEGER NOT NULL,
    task_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    CONSTRAINT pk_task_tags PRIMARY KEY (user_id, task_id, tag_id),
    CONSTRAINT fk_task_tags_user_id_task_id FOREIGN KEY(user_id, task_id) REFERENCES tasks (user_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_task_tags_user_id_tag_id FOREIGN KEY(user_id, tag_id) REFERENCES tags (user_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_task_tags_user_id_tag_id_task_id ON task_tags (user_id, tag_id, task_id);
CREATE TABLE habit_tags (
    user_id INTEGER NOT NULL,
    habit_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    CONSTRAINT pk_habit_tags PRIMARY KEY (user_id, habit_id, tag_id),
    CONSTRAINT fk_habit_tags_user_id_habit_id FOREIGN KEY(user_id, habit_id) REFERENCES habits (user_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_habit_tags_user_id_tag_id FOREIGN KEY(user_id, tag_id) REFERENCES tags (user_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_habit_tags_user_id_tag_id_habit_id ON habit_tags (user_id, tag_id, habit_id);
CREATE TABLE session_tags (
    user_id INTEGER NOT NULL,
    session_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    CONSTRAINT pk_session_tags PRIMARY KEY (user_id, session_id, tag_id),
    CONSTRAINT fk_session_tags_user_id_session_id FOREIGN KEY(user_id, session_id) REFERENCES sessions (user_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_session_tags_user_id_tag_id FOREIGN KEY(user_id, tag_id) REFERENCES tags (user_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_session_tags_user_id_tag_id_session_id ON session_tags (user_id, tag_id, session_id);
CREATE TABLE timers (
    user_id INTEGER NOT NULL,
    topic_id INTEGER NOT NULL,
    started_at DATETIME NOT NULL,
    notes TEXT,
    CONSTRAINT pk_timers PRIMARY KEY (user_id),
    CONSTRAINT fk_timers_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_timers_user_id_topic_id FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE
);
CREATE TABLE study_goals (
    user_id INTEGER NOT NULL,
    topic_key INTEGER NOT NULL,
    weekday SMALLINT NOT NULL,
    effective_from DATE NOT NULL,
    topic_id INTEGER,
    minutes INTEGER,
    CONSTRAINT pk_study_goals PRIMARY KEY (user_id, topic_key, weekday, effective_from),
    CONSTRAINT fk_study_goals_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_study_goals_user_id_topic_id FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_study_goals_topic_key CHECK (topic_key = coalesce(topic_id, 0)),
    CONSTRAINT ck_study_goals_weekday CHECK (weekday BETWEEN 0 AND 7),
    CONSTRAINT ck_study_goals_minutes CHECK (minutes BETWEEN 0 AND 1440 AND (minutes IS NOT NULL OR weekday > 0))
);
INSERT INTO trackercore_version (version_num) VALUES ('trackercore_0001') RETURNING version_num;
