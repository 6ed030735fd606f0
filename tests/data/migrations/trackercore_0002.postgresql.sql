ALTER TABLE habits ADD COLUMN starting_streak INTEGER;
ALTER TABLE habits ADD COLUMN starting_streak_on DATE CONSTRAINT ck_habits_starting_streak CHECK ((starting_streak IS NULL) = (starting_streak_on IS NULL) AND (starting_streak IS NULL OR starting_streak >= 1));
UPDATE trackercore_version SET version_num='trackercore_0002' WHERE trackercore_version.version_num = 'trackercore_0001';
