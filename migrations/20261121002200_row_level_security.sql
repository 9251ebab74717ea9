-- Row-level security on every table that the service created; an adopted one keeps what its owner chose.
-- No policies here: until some are made, nobody but the owner (and who bypasses it) sees a row.
alter table public.scenario_rules enable row level security;
alter table public.evaluation_runs enable row level security;
alter table public.evaluation_batches enable row level security;
alter table public.sweep_budgets enable row level security;
alter table public.push_rate_limits enable row level security;
alter table public.scenario_claims enable row level security;
alter table public.delivery_attempts enable row level security;
alter table public.scenario_notifications enable row level security;
alter table public.follow_up_notification_log enable row level security;
alter table public.logged_skips enable row level security;

do $$
declare
  own text;
begin
  foreach own in array array[
    'organizations', 'chapters', 'users', 'activities', 'annual_summary', 'certifications', 'device_tokens',
    'notification_preferences'
  ] loop
    if scenario_push.is_created(own) then
      execute format('alter table public.%I enable row level security', own);
    end if;
  end loop;
end
$$;
