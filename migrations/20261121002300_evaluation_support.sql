-- What evaluation relies on beside the tables.

-- Whether PostgreSQL knows a timezone by that name: an organisation's typing error must stop its own mentors only.
create or replace function scenario_push.is_timezone(name text) returns boolean
  language plpgsql
  stable
  set search_path = ''
  as $$
begin
  perform timestamptz '2000-01-01 00:00:00+00' at time zone name;
  return name is not null;
exception
  when others then
    return false;
end
$$;
revoke all on function scenario_push.is_timezone(text) from public;

-- The record is the authority: where somebody removes it, its claim must not go on blocking the notification.
create or replace function scenario_push.release_claims_of_removed_records() returns trigger
  language plpgsql
  set search_path = ''
  as $$
begin
  update public.scenario_claims c
  set state = 'released', release_reason = 'record_removed', settled_at = now()
  from removed r
  where c.idempotency_key = r.idempotency_key and c.state in ('sent', 'held');
  return null;
end
$$;
revoke all on function scenario_push.release_claims_of_removed_records() from public;

drop trigger if exists release_claims on public.scenario_notifications;
create trigger release_claims
  after delete on public.scenario_notifications
  referencing old table as removed
  for each statement execute function scenario_push.release_claims_of_removed_records();
