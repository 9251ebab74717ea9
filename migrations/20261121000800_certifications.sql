-- certifications: a mentor's certificates and the last day of each.
-- Created if missing, else adopted.
do $$
begin
  if scenario_push.table_is_missing('certifications') then
    create table if not exists public.certifications (
      id uuid primary key default gen_random_uuid(),
      user_id uuid not null references public.users (id) on delete cascade,
      certification_type text not null,
      expires_on date not null
    );
    perform scenario_push.created('certifications', 'Certificates of mentors and the last day of each.');
  end if;
end
$$;

select scenario_push.need_column('certifications', 'id', 'uuid', 'default gen_random_uuid()');
select scenario_push.need_column('certifications', 'user_id', 'uuid', 'references public.users (id) on delete cascade');
select scenario_push.need_column('certifications', 'certification_type', 'text');
select scenario_push.need_column('certifications', 'expires_on', 'date');
-- Whether the mentor holds a later one of the same type; and who is near the end of one, over the whole audience.
select scenario_push.need_index('certifications_user_id_certification_type_expires_on_idx', 'certifications',
  array['user_id', 'certification_type', 'expires_on']);
select scenario_push.need_index('certifications_expires_on_idx', 'certifications', array['expires_on'], 'include (user_id)');
