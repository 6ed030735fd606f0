ALTER TABLE sessions ADD COLUMN started_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE sessions ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE sessions ADD COLUMN part_of BIGINT;
ALTER TABLE sessions ADD CONSTRAINT uq_sessions_user_id_id UNIQUE USING INDEX ux_sessions_user_id_id;
ALTER TABLE sessions ADD CONSTRAINT fk_sessions_user_id_part_of_sessions FOREIGN KEY(user_id, part_of) REFERENCES sessions (user_id, id) ON DELETE CASCADE;
ALTER TABLE sessions ADD CONSTRAINT ck_sessions_times CHECK ((started_at IS NULL) = (ended_at IS NULL) AND (started_at IS NULL OR started_at < ended_at));
ALTER TABLE sessions ADD CONSTRAINT ck_sessions_part_of CHECK (part_of IS NULL OR (started_at IS NOT NULL AND external_id IS NULL AND part_of <> id));
CREATE INDEX ix_sessions_by_time ON sessions (user_id, started_at, ended_at);
CREATE INDEX ix_sessions_by_part ON sessions (user_id, part_of);
CREATE TABLE timers (
    user_id BIGINT NOT NULL,
    topic_id BIGINT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    notes TEXT,
    CONSTRAINT pk_timers PRIMARY KEY (user_id),
    CONSTRAINT fk_timers_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_timers_user_id_topic_id_topics FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE
);
CREATE TABLE study_goals (
    user_id BIGINT NOT NULL,
    topic_key BIGINT NOT NULL,
    weekday SMALLINT NOT NULL,
    effective_from DATE NOT NULL,
    topic_id BIGINT,
    minutes INTEGER,
    CONSTRAINT pk_study_goals PRIMARY KEY (user_id, topic_key, weekday, effective_from),
    CONSTRAINT fk_study_goals_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_study_goals_user_id_topic_id_topics FOREIGN KEY(user_id, topic_id) REFERENCES topics (user_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_study_goals_topic_key CHECK (topic_key = coalesce(topic_id, 0)),
    CONSTRAINT ck_study_goals_weekday CHECK (weekday BETWEEN 0 AND 7),
    CONSTRAINT ck_study_goals_minutes CHECK (minutes BETWEEN 0 AND 1440 AND (minutes IS NOT NULL OR weekday > 0))
);
UPDATE trackercore_version SET version_num='trackercore_0004' WHERE trackercore_version.version_num = 'trackercore_0003';
