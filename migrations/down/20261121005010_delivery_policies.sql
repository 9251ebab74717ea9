-- Drops delivery_policies and all that it holds.
drop table if exists public.delivery_policies;
drop function if exists scenario_push.require_sound_policy(uuid, uuid, time, time, integer, integer);
