-- scenario_rules.starts_on: only what arose on that date or later counts, so that a new rule does not notify mentors of
-- everything that lay there before. Null: whenever it arose.

-- A date that somebody means: true, or an error in words. A slip of the keyboard (0026, 20261) would silence a rule, or
-- send what it was to hold back, without anybody noticing.
create or replace function scenario_push.require_meant_start(starts_on date) returns boolean
  language plpgsql
  immutable
  parallel safe
  set search_path = ''
  as $$
begin
  if starts_on not between date '2000-01-01' and date '2100-12-31' then
    raise exception 'scenario rule: starts_on: expected a date from 2000-01-01 to 2100-12-31, got %',
      coalesce(nullif(to_char(starts_on, 'YYYY-MM-DD'), ''), starts_on::text)
      using errcode = 'check_violation', schema = 'public', table = 'scenario_rules', column = 'starts_on',
            constraint = 'scenario_rules_starts_on_check',
            hint = 'Leave it out for a rule that counts whenever something arose.';
  end if;
  return true;
end
$$;
-- A CHECK runs as whoever writes the row.
grant execute on function scenario_push.require_meant_start(date) to public;

alter table public.scenario_rules
  add column if not exists starts_on date
    constraint scenario_rules_starts_on_check check (scenario_push.require_meant_start(starts_on));
