-- Drops what the version before does not know: when a claim that must wait is to be sent.
alter table if exists public.scenario_claims drop column if exists send_at;
drop function if exists scenario_push.send_at(timestamptz, text, time, time);
