-- scenario_notifications: the record, and the authority for cooldown. Written only after a dispatch that reached, or
-- may have reached, the push service.
create table if not exists public.scenario_notifications (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  scenario_type text not null
    constraint scenario_notifications_scenario_type_check
    check (scenario_type in ('inactivity', 'milestone', 'certification_expiry', 'welcome_back')),
  -- A rule may go; what was sent under it stays.
  scenario_rule_id uuid references public.scenario_rules (id) on delete set null,
  -- The evaluation's as_of.
  triggered_at timestamptz not null,
  dispatched_at timestamptz not null,
  -- A daily schedule must not drift by the seconds a sweep takes, and a message that was late must not shorten the
  -- pause after it. (The difference of two instants is immutable, their sum with an interval is not.)
  cooldown_from timestamptz not null generated always as (
    case when dispatched_at - triggered_at <= interval '2 hours' then triggered_at else dispatched_at end
  ) stored,
  evaluation_date date not null,
  milestone_year integer,
  milestone_value integer,
  occurrence text not null default '',
  -- cooldown_from of the mentor's latest record of the type as the claim saw it; -infinity if there was none.
  cooldown_window_start timestamptz not null,
  window_slot text not null default '',
  delivery_status text not null
    constraint scenario_notifications_delivery_status_check check (delivery_status in ('sent', 'unknown')),
  idempotency_key text not null constraint scenario_notifications_idempotency_key_key unique,
  created_at timestamptz not null default now(),
  constraint scenario_notifications_window_key unique (user_id, scenario_type, cooldown_window_start, window_slot)
);
comment on table public.scenario_notifications is 'Notifications that reached, or may have reached, the push service.';
revoke all on table public.scenario_notifications from public, anon, authenticated;

create unique index if not exists scenario_notifications_occurrence_key
  on public.scenario_notifications (user_id, scenario_type, occurrence) where occurrence <> '';

-- The latest record of a mentor and type: cooldown.
create index if not exists scenario_notifications_cooldown_idx
  on public.scenario_notifications (user_id, scenario_type, cooldown_from desc);
create index if not exists scenario_notifications_sent_idx
  on public.scenario_notifications (user_id, scenario_type) where delivery_status = 'sent';
