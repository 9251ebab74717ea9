-- follow_up_notification_log: what coordinators read, one row for each notification and its final status.
--
-- idempotency_key: lower-case hex SHA-256 of the UTF-8 text
--   {peer_mentor_id}:{scenario_rule_id}:{date_window}
-- where date_window is the evaluation date as YYYY-MM-DD, followed by
--   nothing                            for inactivity and welcome_back
--   :{milestone_value}                 for milestone
--   :{certification_id}:{lead_days}    for certification_expiry
-- so 6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f:0d9c8b7a-6f5e-4d3c-9b2a-1f0e9d8c7b6a:2026-11-20
-- gives 95fc415a8a6a1674c635939343aca6899c2a4ead5c15a4f49a67782c3fd1e573.
-- A later success turns failed or skipped under the same key into delivered, never the reverse.
create table if not exists public.follow_up_notification_log (
  log_id uuid primary key default gen_random_uuid(),
  peer_mentor_id uuid not null references public.users (id),
  chapter_id uuid not null references public.chapters (id),
  scenario_rule_id uuid not null references public.scenario_rules (id) on delete cascade,
  -- When the status was decided.
  delivered_at timestamptz not null,
  delivery_channel text not null
    constraint follow_up_notification_log_delivery_channel_check check (delivery_channel in ('fcm', 'apns')),
  idempotency_key text not null constraint follow_up_notification_log_idempotency_key_key unique,
  status text not null
    constraint follow_up_notification_log_status_check check (status in ('delivered', 'failed', 'skipped')),
  created_at timestamptz default now()
);
comment on table public.follow_up_notification_log is 'What coordinators read: each notification and its final status.';
comment on column public.follow_up_notification_log.idempotency_key is
  'SHA-256 in lower-case hex of {peer_mentor_id}:{scenario_rule_id}:{date_window}';
revoke all on table public.follow_up_notification_log from public, anon, authenticated;

create index if not exists follow_up_notification_log_mentor_chapter_idx
  on public.follow_up_notification_log (peer_mentor_id, chapter_id);
create index if not exists follow_up_notification_log_scenario_rule_id_idx
  on public.follow_up_notification_log (scenario_rule_id);
-- A coordinator's page: the latest of her chapter, in an order that can be paged.
create index if not exists follow_up_notification_log_page_idx
  on public.follow_up_notification_log (chapter_id, delivered_at desc, log_id desc);
