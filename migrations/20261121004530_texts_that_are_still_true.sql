-- A claim that is evaluated again says what is true by then: how many days are left when the mentor's hours begin.
grant update (message_values) on public.scenario_claims to scenario_push_worker;
