-- access_audit: each time a function let somebody past row-level security to the rows of other people: who, when, what
-- for, and how many rows. Written by those functions alone, in the caller's transaction: what cannot be written down
-- does not happen.
create table if not exists public.access_audit (
  id uuid primary key default gen_random_uuid(),
  at timestamptz not null default now(),
  -- The function.
  what text not null,
  -- Who was connected: a worker's login, or the one that PostgREST uses.
  database_role text not null,
  -- Who was signed in; null for a worker.
  person uuid,
  -- Rows of other people that were read or changed.
  row_count bigint not null check (row_count >= 0),
  -- Ids and bounds that were asked for; no tokens, no names.
  detail jsonb not null default '{}'
);
comment on table public.access_audit is 'Who was let past row-level security by a function: when, what for, how many rows.';
revoke all on table public.access_audit from public, anon, authenticated;

create index if not exists access_audit_at_idx on public.access_audit (at desc);
