-- push_gates: whether a project of the push service may be sent to, one row for each, obeyed by all workers.
--   open    closed_until is null
--   closed  until closed_until: the service asked for a pause, failed several times in a row, or is away
--   probing after that, one worker at a time sends one message (probe_until); accepted opens, anything else closes again
create table if not exists public.push_gates (
  project_id text primary key,
  closed_until timestamptz,
  -- The code of the answer that closed it.
  reason text,
  -- Closures in a row: each doubles the pause that follows.
  closures integer not null default 0 check (closures >= 0),
  -- The probe that is out is taken for lost after this.
  probe_until timestamptz
);
comment on table public.push_gates is 'Whether a project of the push service may be sent to, for all workers.';
select scenario_push.close_table('push_gates');
grant select, insert, update (closed_until, reason, closures, probe_until) on public.push_gates to scenario_push_worker;

-- Since when a project is sent to without a pause: its rate rises from a tenth to the whole over a minute.
alter table public.push_rate_limits add column if not exists busy_since timestamptz;
grant update (busy_since) on public.push_rate_limits to scenario_push_worker;
