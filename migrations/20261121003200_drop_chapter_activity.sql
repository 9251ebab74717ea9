-- contract: since 0.1.0 nothing uses the sums of activities by chapter, no command, no metric and no page.
-- What runs as its owner and reads every mentor's dates is not kept for a use that may come. Rows that its calls have
-- left in access_audit stay.
drop function if exists scenario_push.chapter_activity(date, date);
