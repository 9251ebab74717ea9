-- Drops push_gates: the version before knows of no closed project, and pauses by itself.
alter table if exists public.push_rate_limits drop column if exists busy_since;
drop table if exists public.push_gates;
