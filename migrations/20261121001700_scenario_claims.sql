-- scenario_claims: the exclusive right to dispatch one notification, committed before anything is sent.
--   open     nothing known yet, or definitely not delivered and to be tried again
--   unknown  may have been delivered, and is tried again
--   sent     delivered; recorded in scenario_notifications
--   held     may have been delivered, and is not tried again; recorded there as unknown
--   released given up or put aside: history, holds no key
-- The unique keys of the record hold here over every claim that was not released: over open ones alone, a slow
-- evaluator with an old snapshot would send again.
create table if not exists public.scenario_claims (
  id uuid primary key default gen_random_uuid(),
  batch_key text not null references public.evaluation_batches (batch_key),
  user_id uuid not null references public.users (id) on delete cascade,
  -- As it was then; the log needs it even if the mentor has moved since.
  chapter_id uuid not null,
  scenario_type text not null
    check (scenario_type in ('inactivity', 'milestone', 'certification_expiry', 'welcome_back')),
  scenario_rule_id uuid references public.scenario_rules (id) on delete set null,
  triggered_at timestamptz not null,
  evaluation_date date not null,
  milestone_year integer,
  milestone_value integer,
  occurrence text not null default '',
  cooldown_window_start timestamptz not null,
  window_slot text not null default '',
  idempotency_key text not null check (idempotency_key ~ '^[0-9a-f]{64}$'),
  -- Third part of the follow-up log's key.
  date_window text not null,
  -- Order within one mentor's notifications of one evaluation.
  position integer not null default 0,
  -- What the message's text is filled in with; never a token, a name or the text itself.
  message_values jsonb not null default '{}',
  on_unknown text not null check (on_unknown in ('resend', 'hold')),
  -- End of the message's time to live.
  expires_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'unknown', 'sent', 'held', 'released')),
  claimed_at timestamptz not null,
  dispatched_at timestamptz,
  settled_at timestamptz,
  release_reason text
);
comment on table public.scenario_claims is 'The exclusive right to dispatch one notification; live until it is released.';
revoke all on table public.scenario_claims from public, anon, authenticated;

create unique index if not exists scenario_claims_idempotency_key_key
  on public.scenario_claims (idempotency_key) where state <> 'released';
create unique index if not exists scenario_claims_window_key
  on public.scenario_claims (user_id, scenario_type, cooldown_window_start, window_slot) where state <> 'released';
create unique index if not exists scenario_claims_occurrence_key
  on public.scenario_claims (user_id, scenario_type, occurrence) where state <> 'released' and occurrence <> '';

-- A page of a batch, in the order in which it is sent.
create index if not exists scenario_claims_batch_key_idx on public.scenario_claims (batch_key, user_id, position);
-- What is unsettled: the oldest first, and whether this mentor has anything in flight.
create index if not exists scenario_claims_unsettled_idx
  on public.scenario_claims (claimed_at) where state in ('open', 'unknown');
create index if not exists scenario_claims_in_flight_idx
  on public.scenario_claims (user_id, scenario_type) where state in ('open', 'unknown');
