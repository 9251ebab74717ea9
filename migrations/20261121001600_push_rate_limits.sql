-- push_rate_limits: the rate over all workers. One row for each project of the push service; every page of messages
-- moves next_free_at forward by what it takes (a leaky bucket in one UPDATE).
create table if not exists public.push_rate_limits (
  project_id text primary key,
  next_free_at timestamptz not null
);
comment on table public.push_rate_limits is 'When the next message to a project may leave, over all workers.';
revoke all on table public.push_rate_limits from public, anon, authenticated;
