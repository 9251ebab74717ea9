-- The platforms of a project (null = of any) that are not sent to for now, and for how much longer. By the database's own
-- clock, as all that push_gates says.
create or replace function scenario_push.platforms_set_aside(project text)
  returns table (platform text, wait interval)
  language sql
  stable
  parallel safe
begin atomic
  select split_part(g.project_id, '/', 2), g.closed_until - statement_timestamp()
  from public.push_gates g
  where position('/' in g.project_id) > 0
    and (project is null or split_part(g.project_id, '/', 1) = project)
    and g.closed_until > statement_timestamp();
end;
revoke all on function scenario_push.platforms_set_aside(text) from public;
grant execute on function scenario_push.platforms_set_aside(text) to scenario_push_worker;
