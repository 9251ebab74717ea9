-- logged_skips: when a skip (no device) was last written to the follow-up log, so that a mentor without a device
-- appears there at most once in seven days for a rule and occurrence.
create table if not exists public.logged_skips (
  user_id uuid not null references public.users (id) on delete cascade,
  scenario_rule_id uuid not null references public.scenario_rules (id) on delete cascade,
  occurrence text not null,
  logged_at timestamptz not null,
  primary key (user_id, scenario_rule_id, occurrence)
);
comment on table public.logged_skips is 'When a skip was last logged for a mentor, rule and occurrence.';
revoke all on table public.logged_skips from public, anon, authenticated;
