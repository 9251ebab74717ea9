-- Foreign keys and indexes as they were, for the version before.
drop index if exists public.logged_skips_scenario_rule_id_idx;
drop index if exists public.scenario_notifications_scenario_rule_id_idx;

do $$
begin
  if to_regclass('public.scenario_claims') is not null then
    update public.scenario_claims c
    set scenario_rule_id = null
    where c.scenario_rule_id is not null
      and not exists (select from public.scenario_rules r where r.id = c.scenario_rule_id);
    alter table public.scenario_claims
      drop constraint if exists scenario_claims_scenario_rule_id_fkey,
      add constraint scenario_claims_scenario_rule_id_fkey
        foreign key (scenario_rule_id) references public.scenario_rules (id) on delete set null;
    drop index if exists public.scenario_claims_window_key;
    create unique index scenario_claims_window_key
      on public.scenario_claims (user_id, scenario_type, cooldown_window_start, window_slot) where state <> 'released';
  end if;

  if to_regclass('public.follow_up_notification_log') is not null then
    alter table public.follow_up_notification_log
      drop constraint if exists follow_up_notification_log_peer_mentor_id_fkey,
      add constraint follow_up_notification_log_peer_mentor_id_fkey
        foreign key (peer_mentor_id) references public.users (id);
  end if;
end
$$;
