-- rule_changes: each change of a row of scenario_rules or delivery_policies, whoever saves it and through whatever: when, who,
-- and the row before and after. Triggers write it, in the transaction of the change: what cannot be written down does not
-- happen. It is append-only and never pruned; a row that was deleted keeps its lines.
create table if not exists public.rule_changes (
  id uuid primary key default gen_random_uuid(),
  -- The clock's, so that changes of one transaction have an order.
  at timestamptz not null default clock_timestamp(),
  table_name text not null check (table_name in ('scenario_rules', 'delivery_policies')),
  row_id uuid not null,
  -- Of the row: whose it is, and of a rule for which scenario. No foreign keys: the line outlives chapter and organisation.
  organization_id uuid,
  chapter_id uuid,
  scenario_type text,
  -- Who was signed in, with the address that their token named; null for a role alone, and once the person is deleted.
  person uuid references public.users (id) on delete set null,
  email text,
  -- What the connection worked as.
  database_role text not null,
  -- What an operator called themselves (scenario_push.operator); proven by nothing.
  operator text,
  -- Null: there was none before, there is none after.
  before jsonb,
  after jsonb,
  constraint rule_changes_row_check check (before is not null or after is not null)
);
comment on table public.rule_changes is 'Who changed which rule or delivery policy, when, and how it was before and after.';
revoke all on table public.rule_changes from public, anon, authenticated;

-- What was changed in one place.
create index if not exists rule_changes_scope_idx
  on public.rule_changes (chapter_id, organization_id, scenario_type, at desc);
-- What goes with a person, and what is exported.
create index if not exists rule_changes_person_idx on public.rule_changes (person) where person is not null;

-- A row that moves to another scope is gone from the one and new in the other: who reads the one need not read the other.
create or replace function scenario_push.record_rule_change() returns trigger
  language plpgsql
  security definer
  set search_path = pg_catalog, pg_temp
  as $$
declare
  was jsonb;
  is_now jsonb;
  moved boolean := false;
begin
  if tg_op <> 'INSERT' then
    was := to_jsonb(old);
  end if;
  if tg_op <> 'DELETE' then
    is_now := to_jsonb(new);
  end if;
  if was = is_now then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    moved := (old.organization_id, old.chapter_id) is distinct from (new.organization_id, new.chapter_id);
  end if;
  insert into public.rule_changes
    (table_name, row_id, organization_id, chapter_id, scenario_type, person, email, database_role, operator, before, after)
  select
    tg_table_name,
    (line.one ->> 'id')::uuid,
    (line.one ->> 'organization_id')::uuid,
    (line.one ->> 'chapter_id')::uuid,
    line.one ->> 'scenario_type',
    who.person,
    case when who.person is not null then left(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email', 320) end,
    case current_setting('role') when 'none' then session_user else current_setting('role') end,
    case when who.person is null then left(nullif(current_setting('scenario_push.operator', true), ''), 100) end,
    line.before,
    line.after
  from (
    select coalesce(is_now, was) as one, was as before, is_now as after where not moved
    union all
    select was, was, null where moved
    union all
    select is_now, null, is_now where moved
  ) line
  cross join (select (select u.id from public.users u where u.id = auth.uid()) as person) who;
  return null;
end
$$;

-- The address goes with the person, whichever way they go.
create or replace function scenario_push.forget_email() returns trigger
  language plpgsql
  set search_path = ''
  as $$
begin
  if new.person is null then
    new.email := null;
  end if;
  return new;
end
$$;

revoke all on function scenario_push.record_rule_change(), scenario_push.forget_email() from public;

create or replace trigger scenario_rules_changes
  after insert or update or delete on public.scenario_rules
  for each row execute function scenario_push.record_rule_change();
create or replace trigger delivery_policies_changes
  after insert or update or delete on public.delivery_policies
  for each row execute function scenario_push.record_rule_change();
create or replace trigger rule_changes_forget_email
  before update of person on public.rule_changes
  for each row execute function scenario_push.forget_email();
