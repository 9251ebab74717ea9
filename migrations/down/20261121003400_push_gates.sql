alter table if exists public.push_rate_limits drop column if exists busy_since;
drop table if exists public.push_gates;
