-- The sums of activities by chapter again, as 20261121002900 made them, but closed to all except the owner: nothing calls
-- them, and a right given to a role of the whole cluster would keep other databases from taking theirs back at the same
-- time.
do $down$
begin
  if to_regnamespace('scenario_push') is null then
    return;
  end if;
  create or replace function scenario_push.chapter_activity(from_date date, to_date date)
    returns table (chapter_id uuid, mentors bigint, active_mentors bigint, sessions bigint, latest date)
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
  declare
    rows_read bigint := 0;
  begin
    for chapter_id, mentors, active_mentors, sessions, latest in
      select u.chapter_id, count(*), count(a.sessions), coalesce(sum(a.sessions), 0), max(a.latest)
      from public.users u
      left join (
        select x.user_id, count(*) as sessions, max(x.activity_date) as latest
        from public.activities x
        where x.activity_date between from_date and to_date
        group by x.user_id
      ) a on a.user_id = u.id
      where u.role::text = 'peer_mentor' and u.status::text = 'active' and u.chapter_id is not null
      group by u.chapter_id
    loop
      rows_read := rows_read + sessions;
      return next;
    end loop;

    insert into public.access_audit (what, database_role, person, row_count, detail)
    values ('chapter_activity', session_user, auth.uid(), rows_read, jsonb_build_object('from', from_date, 'to', to_date));
  end
  $$;
  revoke all on function scenario_push.chapter_activity(date, date) from public;
end
$down$;
