-- sending_halts: an operator stops all sending of this database (`scenario-push halt`) until they end it. One at a time
-- is in force; the others are history.
create table if not exists public.sending_halts (
  id uuid primary key default gen_random_uuid(),
  note text not null constraint sending_halts_note_check check (length(btrim(note)) between 1 and 500),
  started_at timestamptz not null,
  ended_at timestamptz,
  check (ended_at >= started_at)
);
comment on table public.sending_halts is 'When operators stopped all sending, and why.';
select scenario_push.close_table('sending_halts');
grant select, insert, update (ended_at) on public.sending_halts to scenario_push_worker;

create unique index if not exists sending_halts_in_force_key on public.sending_halts ((true)) where ended_at is null;
