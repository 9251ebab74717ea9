-- Drops the helper functions. The schema goes with them unless something is left in it: Kysely's history of
-- migrations is, while it runs this script; migrateDown drops both once nothing is applied any more.
drop function if exists scenario_push.applied_versions();
drop function if exists scenario_push.give_back(text);
drop function if exists scenario_push.need_index(text, text, text[], text);
drop function if exists scenario_push.need_unique(text, text);
drop function if exists scenario_push.need_column(text, text, text, text, text[]);
drop function if exists scenario_push.created(text, text);
drop function if exists scenario_push.is_created(text);
drop function if exists scenario_push.table_is_missing(text);

do $$
begin
  drop schema if exists scenario_push;
exception when dependent_objects_still_exist then
  null;
end
$$;
