-- chapters: local groups of an organisation.
-- Created if missing, else adopted. An adopted table without organisations gets a nullable organization_id: a chapter
-- without one has the defaults, in the timezone Europe/Oslo.
do $$
begin
  if scenario_push.table_is_missing('chapters') then
    create table if not exists public.chapters (
      id uuid primary key default gen_random_uuid(),
      organization_id uuid not null references public.organizations (id),
      name text
    );
    perform scenario_push.created('chapters', 'Local groups of an organisation.');
  end if;
end
$$;

select scenario_push.need_column('chapters', 'id', 'uuid', 'default gen_random_uuid()');
select scenario_push.need_column('chapters', 'organization_id', 'uuid', 'references public.organizations (id)');
select scenario_push.need_column('chapters', 'name', 'text');
select scenario_push.need_unique('chapters', 'id');
select scenario_push.need_index('chapters_organization_id_idx', 'chapters', array['organization_id']);
