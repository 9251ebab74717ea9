-- users: mentors, coordinators and administrators; id is auth.uid() of the person signed in. No foreign key to
-- auth.users, which exists in Supabase only. No names and no contact details are needed here.
-- Created if missing, else adopted. role and status may be enums that know the values below.
do $$
begin
  if scenario_push.table_is_missing('users') then
    create table if not exists public.users (
      id uuid primary key default gen_random_uuid(),
      chapter_id uuid references public.chapters (id),
      role text not null check (role in ('peer_mentor', 'coordinator', 'administrator')),
      status text not null default 'active' check (status in ('active', 'inactive')),
      locale text default 'nb',
      created_at timestamptz not null default now()
    );
    perform scenario_push.created('users', 'Mentors, coordinators and administrators.');
  end if;
end
$$;

select scenario_push.need_column('users', 'id', 'uuid', 'default gen_random_uuid()');
select scenario_push.need_column('users', 'chapter_id', 'uuid', 'references public.chapters (id)');
-- Nobody is evaluated until a role is given: nullable on purpose.
select scenario_push.need_column('users', 'role', 'text',
  $$check (role in ('peer_mentor', 'coordinator', 'administrator'))$$,
  labels => array['peer_mentor', 'coordinator', 'administrator']);
select scenario_push.need_column('users', 'status', 'text',
  $$not null default 'active' check (status in ('active', 'inactive'))$$,
  labels => array['active', 'inactive']);
select scenario_push.need_column('users', 'locale', 'text', $$default 'nb'$$);
-- Counts as the last activity of a mentor who never had one: for rows that are there already, the day of adoption.
select scenario_push.need_column('users', 'created_at', 'timestamptz', 'not null default now()');
select scenario_push.need_unique('users', 'id');
select scenario_push.need_index('users_chapter_id_idx', 'users', array['chapter_id']);
