-- Whoever deletes their account takes all that the service stores about them along, and a rule or a person is deleted in
-- milliseconds however much is stored: each foreign key that a delete follows has an index that begins with its column.
--
-- Claims are written most, so they get no new index:
--   user_id           the key of the cooldown window is made to cover released claims as well. Its last column is null for
--                     a live claim, and nulls are equal here, so it refuses what it refused; that of a released claim is
--                     its own id, which collides with nothing. Released claims are few.
--   scenario_rule_id  no longer a foreign key. It said "set null", which wrote every claim of a deleted rule anew, most of
--                     them long settled. A claim keeps the id of its rule as it keeps that of its chapter; sending and
--                     settling look whether the rule is still there. Claiming is spared a look-up of the rule for each.

do $$
begin
  if exists (
    select from pg_catalog.pg_constraint
    where conrelid = 'public.follow_up_notification_log'::regclass
      and conname = 'follow_up_notification_log_peer_mentor_id_fkey' and confdeltype <> 'c'
  ) then
    alter table public.follow_up_notification_log
      drop constraint follow_up_notification_log_peer_mentor_id_fkey,
      add constraint follow_up_notification_log_peer_mentor_id_fkey
        foreign key (peer_mentor_id) references public.users (id) on delete cascade;
  end if;

  if exists (
    select from pg_catalog.pg_index
    where indexrelid = to_regclass('public.scenario_claims_window_key') and indpred is not null
  ) then
    create unique index scenario_claims_window_key_over_all on public.scenario_claims (
      user_id, scenario_type, cooldown_window_start, window_slot, (case when state = 'released' then id end)
    ) nulls not distinct;
    drop index public.scenario_claims_window_key;
    alter index public.scenario_claims_window_key_over_all rename to scenario_claims_window_key;
  end if;
end
$$;

alter table public.scenario_claims drop constraint if exists scenario_claims_scenario_rule_id_fkey;

-- Records of deleted rules leave the index.
create index if not exists scenario_notifications_scenario_rule_id_idx
  on public.scenario_notifications (scenario_rule_id) where scenario_rule_id is not null;
create index if not exists logged_skips_scenario_rule_id_idx on public.logged_skips (scenario_rule_id);
