-- activities: one row for each session of a mentor; the date is the organisation's, without a time.
-- Created if missing, else adopted. The service reads user_id and activity_date only, so an adopted id may be of any
-- type.
do $$
begin
  if scenario_push.table_is_missing('activities') then
    create table if not exists public.activities (
      id uuid primary key default gen_random_uuid(),
      user_id uuid not null references public.users (id) on delete cascade,
      activity_date date not null,
      created_at timestamptz not null default now()
    );
    perform scenario_push.created('activities', 'Sessions of mentors.');
  end if;
end
$$;

select scenario_push.need_column('activities', 'user_id', 'uuid', 'references public.users (id) on delete cascade');
select scenario_push.need_column('activities', 'activity_date', 'date');
-- Every scenario but certification_expiry reads a mentor's dates in order from this index.
select scenario_push.need_index('activities_user_id_activity_date_idx', 'activities', array['user_id', 'activity_date']);
