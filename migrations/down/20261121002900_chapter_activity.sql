-- Drops the sums of activities by chapter.
drop function if exists scenario_push.chapter_activity(date, date);
