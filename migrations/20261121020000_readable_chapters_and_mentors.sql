-- Which of some chapters and mentors the person signed in is in charge of. Whatever rests on rows that they may not read
-- themselves (an evaluation) asks this first, as `authenticated`, and then answers for these alone. Ids go in and the same ids
-- come out, so that nobody learns of any other.

-- Null for all that they are in charge of.
create or replace function public.readable_chapters(ids uuid[]) returns setof uuid
  language sql
  stable
  security definer
  rows 10
  set search_path = pg_catalog, pg_temp
  as $$
    select c.id
    from unnest(scenario_push.chapters_in_charge()) as c (id)
    where ids is null or c.id = any (ids)
  $$;
comment on function public.readable_chapters(uuid[]) is
  'Of these chapters those that the person signed in is in charge of; null: all of those.';

-- A mentor who is not active is one as well. Nobody else is: what is said of mentors is not said of coordinators.
create or replace function public.readable_mentors(ids uuid[]) returns setof uuid
  language sql
  stable
  security definer
  rows 10
  set search_path = pg_catalog, pg_temp
  as $$
    select u.id
    from public.users u
    where u.id = any (ids)
      and u.role::text = 'peer_mentor'
      and u.chapter_id = any ((select scenario_push.chapters_in_charge())::uuid[])
  $$;
comment on function public.readable_mentors(uuid[]) is
  'Of these people the peer mentors in chapters that the person signed in is in charge of.';

revoke all on function public.readable_chapters(uuid[]), public.readable_mentors(uuid[]) from public, anon, service_role;
grant execute on function public.readable_chapters(uuid[]), public.readable_mentors(uuid[]) to authenticated;
