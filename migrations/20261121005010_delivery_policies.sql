-- delivery_policies: what protects a mentor's attention, whatever the scenario: the hours in which they are notified, and
-- how often at most. For one chapter, one organisation, or everybody (both null); the most specific row alone counts.

-- The CHECK of the table: true, or an error that says what is wrong, all of it at once.
create or replace function scenario_push.require_sound_policy(
  organization_id uuid, chapter_id uuid, send_from time, send_until time, max_notifications integer, per_days integer
) returns boolean
  language plpgsql
  immutable
  parallel safe
  set search_path = ''
  as $$
declare
  faults text := concat_ws('; ',
    case when send_from = '24:00' then
      'send_from: expected a time from 00:00 to 23:59, got 24:00'
    end,
    case when max_notifications < 1 then
      format('max_notifications: expected an integer >= 1, or null for no cap, got %s', max_notifications)
    end,
    case when per_days not between 1 and 3650 then
      format('per_days: expected 1 to 3650 days, got %s', per_days)
    end);
begin
  if faults <> '' then
    raise exception 'delivery policy of %: %',
      case
        when chapter_id is not null then 'chapter ' || chapter_id::text
        when organization_id is not null then 'organisation ' || organization_id::text
        else 'everybody'
      end,
      faults
      using errcode = 'check_violation', schema = 'public', table = 'delivery_policies',
            constraint = 'delivery_policies_sound_check',
            hint = 'Equal times mean any hour; send_until before send_from means a window that spans midnight.';
  end if;
  return true;
end
$$;
-- A CHECK runs as whoever writes the row.
grant execute on function scenario_push.require_sound_policy(uuid, uuid, time, time, integer, integer) to public;

create table if not exists public.delivery_policies (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid references public.organizations (id) on delete cascade,
  chapter_id uuid references public.chapters (id) on delete cascade,
  -- In the mentor's timezone; from is inclusive, until exclusive. Equal: any hour.
  send_from time not null default '08:00',
  send_until time not null default '21:00',
  -- At most so many notifications of all types in any rolling per_days times 24 hours; null: no cap.
  max_notifications integer,
  per_days integer not null default 7,
  constraint delivery_policies_scope_check check (organization_id is null or chapter_id is null),
  constraint delivery_policies_sound_check
    check (scenario_push.require_sound_policy(
      organization_id, chapter_id, send_from, send_until, max_notifications, per_days)),
  constraint delivery_policies_scope_key unique nulls not distinct (organization_id, chapter_id)
);
comment on table public.delivery_policies is
  'When mentors of one chapter, one organisation, or everybody are notified, and how often at most. The most specific row alone counts.';
revoke all on table public.delivery_policies from public, anon, authenticated;

-- The key above leads with the organisation; a chapter's policy is looked up, and deleted with it, by this one.
create index if not exists delivery_policies_chapter_id_idx
  on public.delivery_policies (chapter_id) where chapter_id is not null;

-- For everybody who has no policy nearer by: 08:00 to 21:00, no cap.
insert into public.delivery_policies default values on conflict do nothing;
