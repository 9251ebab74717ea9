-- Disables row-level security where the migration enabled it.
alter table if exists public.scenario_rules disable row level security;
alter table if exists public.evaluation_runs disable row level security;
alter table if exists public.evaluation_batches disable row level security;
alter table if exists public.sweep_budgets disable row level security;
alter table if exists public.push_rate_limits disable row level security;
alter table if exists public.scenario_claims disable row level security;
alter table if exists public.delivery_attempts disable row level security;
alter table if exists public.scenario_notifications disable row level security;
alter table if exists public.follow_up_notification_log disable row level security;
alter table if exists public.logged_skips disable row level security;

do $$
declare
  own text;
begin
  if to_regprocedure('scenario_push.is_created(text)') is null then
    return;
  end if;
  foreach own in array array[
    'organizations', 'chapters', 'users', 'activities', 'annual_summary', 'certifications', 'device_tokens',
    'notification_preferences'
  ] loop
    if scenario_push.is_created(own) then
      execute format('alter table public.%I disable row level security', own);
    end if;
  end loop;
end
$$;
