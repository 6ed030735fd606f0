CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(255) NOT NULL,
    hashed_password VARCHAR(255),
    time_zone VARCHAR(64) NOT NULL,
    week_starts_on INTEGER NOT NULL,
    day_starts_at INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
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
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_categories_user_id_name_key UNIQUE (user_id, name_key),
    CONSTRAINT fk_categories_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ux_categories_user_id_id ON categories (user_id, id);
CREATE TABLE habits (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    frequency VARCHAR(50) NOT NULL,
    target INTEGER NOT NULL,
    week_starts_on INTEGER NOT NULL,
    starts_on DATE NOT NULL,
    streak INTEGER NOT NULL,
    longest_streak INTEGER NOT NULL,
    streak_alive_through DATE,
    external_id VARCHAR(255),
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_habits_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_habits_target CHECK (target >= 1),
    CONSTRAINT ck_habits_week_starts_on CHECK (week_starts_on BETWEEN 1 AND 7),
    CONSTRAINT ck_habits_frequency CHECK (frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'interval')),
    CONSTRAINT ck_habits_streaks CHECK (streak >= 0 AND longest_streak >= streak),
    CONSTRAINT fk_habits_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ux_habits_user_id_id ON habits (user_id, id);
CREATE TABLE check_ins (
    user_id INTEGER NOT NULL,
    habit_id INTEGER NOT NULL,
    day DATE NOT NULL,
    status VARCHAR(10) NOT NULL,
    amount INTEGER NOT NULL,
    note TEXT,
    recorded_at DATETIME NOT NULL,
    CONSTRAINT pk_check_ins PRIMARY KEY (user_id, habit_id, day),
    CONSTRAINT fk_check_ins_user_id_habit_id_habits FOREIGN KEY(user_id, habit_id) REFERENCES habits (user_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_check_ins_status CHECK (status IN ('done', 'skipped')),
    CONSTRAINT ck_check_ins_amount CHECK (amount >= 1)
);
CREATE TABLE tasks (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    title VARCHAR(255) NOT NULL,
    description TEXT,
    category_id INTEGER,
    completed BOOLEAN NOT NULL,
    completed_at DATETIME,
    due_date DATE,
    due_at DATETIME,
    external_id VARCHAR(255),
    created_at DATETIME NOT NULL,
    CONSTRAINT fk_tasks_user_id_category_id_categories FOREIGN KEY(user_id, category_id) REFERENCES categories (user_id, id),
    CONSTRAINT uq_tasks_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_tasks_one_due CHECK (due_date IS NULL OR due_at IS NULL),
    CONSTRAINT ck_tasks_completed_at_only_if_completed CHECK (completed OR completed_at IS NULL),
    CONSTRAINT fk_tasks_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ux_tasks_user_id_id ON tasks (user_id, id);
CREATE INDEX ix_tasks_user_id_category_id_id ON tasks (user_id, category_id, id);
CREATE INDEX ix_tasks_user_id_completed_id ON tasks (user_id, completed, id);
CREATE TABLE topics (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    external_id VARCHAR(255),
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_topics_user_id_name_key UNIQUE (user_id, name_key),
    CONSTRAINT uq_topics_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT fk_topics_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ux_topics_user_id_id ON topics (user_id, id);
CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    topic_id INTEGER NOT NULL,
    study_date DATE NOT NULL,
    duration_minutes INTEGER NOT NULL,
    notes TEXT,
    external_id VARCHAR(255),
    created_at DATETIME NOT NULL,
    CONSTRAINT fk_sessions_user_id_topic_id_topics FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_sessions_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_sessions_duration_minutes CHECK (duration_minutes BETWEEN 1 AND 1560),
    CONSTRAINT fk_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ux_sessions_user_id_id ON sessions (user_id, id);
CREATE INDEX ix_sessions_by_day ON sessions (user_id, study_date, id, topic_id, duration_minutes);
CREATE INDEX ix_sessions_by_topic ON sessions (user_id, topic_id, study_date, duration_minutes);
INSERT INTO trackercore_version (version_num) VALUES ('trackercore_0001') RETURNING version_num;
