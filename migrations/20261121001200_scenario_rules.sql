-- scenario_rules: how one scenario type applies to one chapter, one organisation, or everybody (both null).
-- The most specific row alone counts; parameters are not merged, and one that is absent has its default.
create table if not exists public.scenario_rules (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid references public.organizations (id) on delete cascade,
  chapter_id uuid references public.chapters (id) on delete cascade,
  scenario_type text not null
    constraint scenario_rules_scenario_type_check
    check (scenario_type in ('inactivity', 'milestone', 'certification_expiry', 'welcome_back')),
  enabled boolean not null default true,
  cooldown_minutes integer not null
    constraint scenario_rules_cooldown_minutes_check check (cooldown_minutes >= 0),
  on_unknown text not null default 'resend'
    constraint scenario_rules_on_unknown_check check (on_unknown in ('resend', 'hold')),
  parameters jsonb not null default '{}',
  constraint scenario_rules_scope_check check (organization_id is null or chapter_id is null),
  constraint scenario_rules_parameters_check
    check (scenario_push.require_sound_rule(organization_id, chapter_id, scenario_type, parameters)),
  constraint scenario_rules_scope_key unique nulls not distinct (organization_id, chapter_id, scenario_type)
);
comment on table public.scenario_rules is
  'How one scenario type applies to one chapter, one organisation, or everybody. The most specific row alone counts.';
revoke all on table public.scenario_rules from public, anon, authenticated;

-- The key above leads with the organisation; a chapter's rules are looked up, and deleted with it, by this one.
create index if not exists scenario_rules_chapter_id_idx on public.scenario_rules (chapter_id) where chapter_id is not null;

-- The defaults, for everybody who has no rule nearer by: 14 days, none, none, 30 days of cooldown.
insert into public.scenario_rules (scenario_type, cooldown_minutes, parameters)
values
  ('inactivity', 20160, '{"inactive_days": 30, "max_reminders": 3}'),
  ('milestone', 0, '{"thresholds": [50, 100, 200], "summary_max_age_hours": 48}'),
  ('certification_expiry', 0, '{"lead_days": [60, 30, 7]}'),
  ('welcome_back', 43200, '{"gap_days": 30, "recent_days": 7}')
on conflict do nothing;
