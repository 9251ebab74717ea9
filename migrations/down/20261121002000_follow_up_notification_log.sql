-- Drops follow_up_notification_log and all that it holds.
drop table if exists public.follow_up_notification_log;
