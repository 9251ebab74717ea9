-- What an operator wrote when they decided what became of a held notification, and when: null where they wrote nothing.
alter table public.scenario_claims add column if not exists decision_note text
  check (decision_note <> '' and char_length(decision_note) <= 500);
grant update (decision_note) on public.scenario_claims to scenario_push_worker;

create index if not exists scenario_claims_decided_idx on public.scenario_claims (settled_at) where decision_note is not null;
