-- Makes what a page of requests came to durable, before anything is concluded from it, and takes dead tokens out.
-- What an old holder learned late is still true, so this asks for no fence; `unknown` yields to knowledge, nothing else does.
--
-- in   claim_ids uuid[]; device_ids uuid[]; attempts int[]; outcomes text[]; retryables boolean[]; error_codes text[];
--      message_ids text[]; answered_ats timestamptz[]; dead_tokens boolean[]; tokens text[]; now timestamptz;
--      new_since timestamptz (an installation id that was registered later is not condemned: it is tried again)
-- out  one row: invalidated int (tokens)
with learned as (
  select *
  from unnest(
    :'claim_ids'::uuid[], :'device_ids'::uuid[], :'attempts'::int[], :'outcomes'::text[], :'retryables'::boolean[],
    :'error_codes'::text[], :'message_ids'::text[], :'answered_ats'::timestamptz[], :'dead_tokens'::boolean[], :'tokens'::text[])
    as o (claim_id, device_id, attempt, outcome, retryable, error_code, message_id, answered_at, token_is_dead, token)
  -- Always true. It makes the planner expect one row: where it was ten, and the plan was made while the table was empty,
  -- it read all attempts each time instead of looking up these.
  where outcome in ('accepted', 'rejected', 'unknown')
),
attempts as (
  update delivery_attempts a
  -- Where a holder that was taken for lost comes back with an answer, `holder_lost` stays: it explains the attempt after it.
  set outcome = l.outcome,
      retryable = l.retryable or (l.token_is_dead and exists (
        select from device_tokens t
        where t.id = l.device_id and t.token_kind = 'installation_id' and t.registered_at > :'new_since'::timestamptz
        offset 0
      )),
      error_code = coalesce(l.error_code, a.error_code),
      message_id = l.message_id, finished_at = l.answered_at
  from learned l
  where a.claim_id = l.claim_id
    and a.device_id = l.device_id
    and a.attempt = l.attempt
    and (a.outcome is null or (a.outcome = 'unknown' and l.outcome <> 'unknown'))
),
invalidated as (
  -- The device may have sent a new token since: only the one that was refused is dead.
  update device_tokens t
  set invalidated_at = :'now'::timestamptz, invalidation_reason = dead.error_code
  from (
    select distinct on (device_id) device_id, token, error_code from learned where token_is_dead order by device_id
  ) dead
  where t.id = dead.device_id and t.token = dead.token and t.invalidated_at is null
    and (t.token_kind = 'installation_id' and t.registered_at > :'new_since'::timestamptz) is not true
  returning t.id
)
select count(*)::int as invalidated from invalidated
