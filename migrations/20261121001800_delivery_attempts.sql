-- delivery_attempts: one row for each request to the push service, written before it leaves. One without an outcome
-- whose holder is gone may have been sent: unknown.
create table if not exists public.delivery_attempts (
  claim_id uuid not null references public.scenario_claims (id) on delete cascade,
  -- No foreign key: a device may be deleted meanwhile, what happened to it stays.
  device_id uuid not null,
  platform text not null,
  attempt integer not null check (attempt >= 1),
  -- evaluation_batches.dispatch_fence of whoever began it.
  fence integer not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  outcome text check (outcome in ('accepted', 'rejected', 'unknown')),
  retryable boolean,
  error_code text,
  message_id text,
  primary key (claim_id, device_id, attempt)
);
comment on table public.delivery_attempts is 'Requests to the push service: begun before they leave, decided by the answer.';
revoke all on table public.delivery_attempts from public, anon, authenticated;
