ALTER TABLE habits ADD COLUMN weekdays SMALLINT CONSTRAINT ck_habits_weekdays CHECK ((frequency = 'weekdays') = (weekdays IS NOT NULL) AND (weekdays IS NULL OR weekdays BETWEEN 1 AND 127));
ALTER TABLE habits ADD COLUMN interval_days INTEGER CONSTRAINT ck_habits_interval_days CHECK ((frequency = 'interval') = (interval_days IS NOT NULL) AND (interval_days IS NULL OR interval_days BETWEEN 1 AND 1000));
ALTER TABLE habits ADD COLUMN schedule_from DATE;
ALTER TABLE habits ADD COLUMN archived_on DATE;
CREATE TABLE habit_schedules (
    user_id BIGINT NOT NULL,
    habit_id BIGINT NOT NULL,
    effective_from DATE NOT NULL,
    frequency VARCHAR(50) NOT NULL,
    target INTEGER NOT NULL,
    weekdays SMALLINT,
    interval_days INTEGER,
    CONSTRAINT pk_habit_schedules PRIMARY KEY (user_id, habit_id, effective_from),
    CONSTRAINT ck_habit_schedules_target CHECK (target >= 1),
    CONSTRAINT ck_habit_schedules_frequency CHECK (frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'interval')),
    CONSTRAINT ck_habit_schedules_weekdays CHECK ((frequency = 'weekdays') = (weekdays IS NOT NULL) AND (weekdays IS NULL OR weekdays BETWEEN 1 AND 127)),
    CONSTRAINT ck_habit_schedules_interval_days CHECK ((frequency = 'interval') = (interval_days IS NOT NULL) AND (interval_days IS NULL OR interval_days BETWEEN 1 AND 1000)),
    CONSTRAINT fk_habit_schedules_user_id_habit_id_habits FOREIGN KEY(user_id, habit_id) REFERENCES habits (user_id, id) ON DELETE CASCADE
);
CREATE TABLE habit_pauses (
    user_id BIGINT NOT NULL,
    habit_id BIGINT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    CONSTRAINT pk_habit_pauses PRIMARY KEY (user_id, habit_id, starts_on),
    CONSTRAINT ck_habit_pauses_in_order CHECK (ends_on >= starts_on),
    CONSTRAINT fk_habit_pauses_user_id_habit_id_habits FOREIGN KEY(user_id, habit_id) REFERENCES habits (user_id, id) ON DELETE CASCADE
);
UPDATE trackercore_version SET version_num='trackercore_0003' WHERE trackercore_version.version_num = 'trackercore_0002';
