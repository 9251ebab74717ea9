-- What a batch left out because evaluating it failed or cost out of proportion, everybody else being evaluated: one
-- object for each rule or mentor, {"scenario_rule_id", "user_id" (null: everybody under the rule), "sqlstate"}.
alter table public.evaluation_batches add column if not exists set_aside jsonb not null default '[]';
grant update (set_aside) on public.evaluation_batches to scenario_push_worker;

-- There are few, and doctor asks for those of the last day.
create index if not exists evaluation_batches_set_aside_idx on public.evaluation_batches (evaluated_at) where set_aside <> '[]';
