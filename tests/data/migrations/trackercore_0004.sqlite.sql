CREATE TABLE sessions_0004 (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    topic_id INTEGER NOT NULL,
    study_date DATE NOT NULL,
    duration_minutes INTEGER NOT NULL,
    notes TEXT,
    external_id VARCHAR(255),
    created_at DATETIME NOT NULL,
    started_at DATETIME,
    ended_at DATETIME,
    part_of INTEGER,
    CONSTRAINT fk_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_sessions_user_id_topic_id_topics FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_sessions_user_id_part_of_sessions FOREIGN KEY(user_id, part_of) REFERENCES sessions (user_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_sessions_user_id_id UNIQUE (user_id, id),
    CONSTRAINT uq_sessions_user_id_external_id UNIQUE (user_id, external_id),
    CONSTRAINT ck_sessions_times CHECK ((started_at IS NULL) = (ended_at IS NULL) AND (started_at IS NULL OR started_at < ended_at)),
    CONSTRAINT ck_sessions_part_of CHECK (part_of IS NULL OR (started_at IS NOT NULL AND external_id IS NULL AND part_of <> id)),
    CONSTRAINT ck_sessions_duration_minutes CHECK (duration_minutes BETWEEN 1 AND 1560)
);
INSERT INTO sessions_0004 (id, user_id, topic_id, study_date, duration_minutes, notes, external_id, created_at) SELECT id, user_id, topic_id, study_date, duration_minutes, notes, external_id, created_at FROM sessions;
DELETE FROM sqlite_sequence WHERE name = 'sessions_0004';
INSERT INTO sqlite_sequence (name, seq) SELECT 'sessions_0004', seq FROM sqlite_sequence WHERE name = 'sessions';
DROP TABLE sessions;
PRAGMA legacy_alter_table=ON;
ALTER TABLE sessions_0004 RENAME TO sessions;
PRAGMA legacy_alter_table=OFF;
CREATE INDEX ix_sessions_by_day ON sessions (user_id, study_date, id, topic_id, duration_minutes);
CREATE INDEX ix_sessions_by_topic ON sessions (user_id, topic_id, study_date, duration_minutes);
CREATE INDEX ix_sessions_by_time ON sessions (user_id, started_at, ended_at);
CREATE INDEX ix_sessions_by_part ON sessions (user_id, part_of);
CREATE TABLE timers (
    user_id INTEGER NOT NULL,
    topic_id INTEGER NOT NULL,
    started_at DATETIME NOT NULL,
    notes TEXT,
    CONSTRAINT pk_timers PRIMARY KEY (user_id),
    CONSTRAINT fk_timers_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_timers_user_id_topic_id_topics FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE
);
CREATE TABLE study_goals (
    user_id INTEGER NOT NULL,
    topic_key INTEGER NOT NULL,
    weekday SMALLINT NOT NULL,
    effective_from DATE NOT NULL,
    topic_id INTEGER,
    minutes INTEGER,
    CONSTRAINT pk_study_goals PRIMARY KEY (user_id, topic_key, weekday, effective_from),
    CONSTRAINT fk_study_goals_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_study_goals_user_id_topic_id_topics FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_study_goals_topic_key CHECK (topic_key = coalesce(topic_id, 0)),
    CONSTRAINT ck_study_goals_weekday CHECK (weekday BETWEEN 0 AND 7),
    CONSTRAINT ck_study_goals_minutes CHECK (minutes BETWEEN 0 AND 1440 AND (minutes IS NOT NULL OR weekday > 0))
);
UPDATE trackercore_version SET version_num='trackercore_0004' WHERE trackercore_version.version_num = 'trackercore_0003';
