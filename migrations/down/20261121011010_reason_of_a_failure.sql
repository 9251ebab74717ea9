-- The reason of a failure may be that of a withdrawal again.
do $$
begin
  if to_regprocedure('scenario_push.failure_reason(uuid, uuid, text)') is null then
    return;
  end if;
  create or replace function scenario_push.failure_reason(mentor uuid, rule uuid, idempotency_key text) returns text
    language sql
    stable
    security definer
    set search_path = pg_catalog, pg_temp
    as $function$
      select c.release_reason
      from public.scenario_claims c
      where c.user_id = mentor
        and c.scenario_rule_id = rule
        and c.state = 'released'
        and scenario_push.follow_up_key(c.user_id, c.scenario_rule_id, c.date_window) = failure_reason.idempotency_key
      order by c.settled_at desc
      limit 1
    $function$;
end
$$;
