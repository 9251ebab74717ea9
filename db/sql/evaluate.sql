-- Who is due for one scenario type in a range of mentors, and who of them must not be told now.
-- The head of every statement that evaluates: claim-candidates.sql and preview-candidates.sql follow it.
--
-- in   as_of timestamptz           the instant the evaluation speaks about
--      scenario_type text
--      several boolean             one evaluation of a mentor can end in several notifications
--      parameter_defaults jsonb    what an absent parameter of a rule means
--      range_from uuid, range_to uuid (null = no upper end)
--      chapter_id uuid             null, or the one chapter whose mentors are looked at
--      only_key text               null, or the one idempotency key to look at
--      still_due text[]            null, or `user_id:occurrence` of those who are due at the time of sending as well
--      is_late boolean             too late to send what nobody asked to be sent late
--      allowance int               null, or how many may be sent
--      proposed_rules jsonb        [], or rules to evaluate with instead of those of their scope
--      locked_buckets int[]        null, or where candidates with a cooldown may be claimed (db/cooldown-locks.ts)
--      is_capped boolean           the caps of delivery policies hold for the type
--      cap_locked boolean          null, or whether candidates under a cap may be claimed (db/cap-lock.ts)
-- The scenario's own SELECT (db/sql/scenarios/) stands where candidates are made. It reads `mentors` and `rules`.
-- An adopted table may have an enum where the contract has text: compared as text.
-- needs  scenario_notifications (user_id, scenario_type, cooldown_from desc); device_tokens (user_id);
--        scenario_claims (user_id, scenario_type) where unsettled; of one chapter users (chapter_id)
with
-- Every rule of the type, read once, with every parameter filled in. A proposed rule stands in the place of the one of its
-- scope. Materialized, as the timezones are: what cannot be read must not reach an expression that reads it.
rule_set as materialized (
  select
    row_number() over () as n,
    r.id, r.organization_id, r.chapter_id, r.enabled, r.cooldown_minutes, r.on_unknown, r.starts_on, f.readable,
    case when f.readable then :'parameter_defaults'::jsonb || r.parameters end as parameters
  from (
    select id, organization_id, chapter_id, enabled, cooldown_minutes, on_unknown, starts_on, parameters
    from scenario_rules s
    where s.scenario_type = :'scenario_type'
      and (:'chapter_id'::uuid is null or s.chapter_id is null or s.chapter_id = :'chapter_id'::uuid)
      and not exists (
        select
        from jsonb_to_recordset(:'proposed_rules'::jsonb) as p (organization_id uuid, chapter_id uuid)
        where p.organization_id is not distinct from s.organization_id
          and p.chapter_id is not distinct from s.chapter_id
      )
    union all
    select null, organization_id, chapter_id, enabled, cooldown_minutes, on_unknown, starts_on, parameters
    from jsonb_to_recordset(:'proposed_rules'::jsonb) as p (
      organization_id uuid, chapter_id uuid, enabled boolean, cooldown_minutes int, on_unknown text, starts_on date,
      parameters jsonb)
  ) r
  cross join lateral (select scenario_rule_fault(:'scenario_type'::text, r.parameters) is null as readable offset 0) f
),
-- Asked once each and not for every chapter: whether a text is a timezone takes an exception handler.
timezones as materialized (
  select t.timezone, f.readable, case when f.readable then (:'as_of'::timestamptz at time zone t.timezone)::date end as evaluation_date
  from (select timezone from organizations union select 'Europe/Oslo') t
  cross join lateral (select scenario_push.is_timezone(t.timezone) as readable offset 0) f
),
-- Every policy, read once. Where a chapter has none, not even everybody's: any hour, no cap.
policy_set as materialized (
  select row_number() over () as n, organization_id, chapter_id, send_from, send_until, max_notifications, per_days
  from delivery_policies
),
-- The most specific rule alone counts, and where it is disabled the scenario is off. So it is with policies.
chapter_rules as materialized (
  select
    c.id as chapter_id,
    t.timezone,
    t.evaluation_date,
    r.id as rule_id,
    r.cooldown_minutes,
    r.on_unknown,
    r.starts_on,
    r.parameters,
    p.send_from,
    p.send_until,
    case when :'is_capped'::boolean then p.max_notifications end as max_notifications,
    make_interval(hours => 24 * p.per_days) as cap_window,
    r.readable and t.readable as readable
  from chapters c
  left join organizations o on o.id = c.organization_id
  join timezones t on t.timezone = coalesce(o.timezone, 'Europe/Oslo')
  left join rule_set its on its.chapter_id = c.id
  left join rule_set theirs on theirs.organization_id = c.organization_id and theirs.chapter_id is null
  join rule_set r on r.n = coalesce(
    its.n, theirs.n, (select n from rule_set everybodys where everybodys.organization_id is null and everybodys.chapter_id is null))
  left join policy_set its_policy on its_policy.chapter_id = c.id
  left join policy_set their_policy on their_policy.organization_id = c.organization_id and their_policy.chapter_id is null
  left join policy_set p on p.n = coalesce(
    its_policy.n, their_policy.n,
    (select n from policy_set everybodys where everybodys.organization_id is null and everybodys.chapter_id is null))
  where r.enabled
    and (:'chapter_id'::uuid is null or c.id = :'chapter_id'::uuid)
),
-- The rule in force for each chapter.
rules as materialized (
  select
    chapter_id, timezone, evaluation_date, rule_id, cooldown_minutes, on_unknown, starts_on, parameters,
    send_from, send_until, max_notifications, cap_window
  from chapter_rules
  where readable
),
mentors as not materialized (
  select u.id as user_id, u.chapter_id, u.created_at
  from users u
  where u.role = 'peer_mentor'
    and u.status = 'active'
    and u.chapter_id is not null
    and u.id >= :'range_from'::uuid
    and (:'range_to'::uuid is null or u.id < :'range_to'::uuid)
    and (:'chapter_id'::uuid is null or u.chapter_id = :'chapter_id'::uuid)
),
-- Columns by name: what is not named here (facts, due_on) is not computed. Materialized: next to what this costs, the
-- planner takes any way of joining it to the rules for equally good, and then compares every candidate with every chapter.
due as materialized (
  select
    s.user_id,
    s.chapter_id,
    s.occurrence,
    s.key_suffix,
    s.milestone_year,
    s.milestone_value,
    s.position,
    s.message_values
  from (
    -- {{scenario}}
  ) s
  where s.due
),
candidates as (
  select
    d.*,
    r.evaluation_date,
    r.rule_id,
    r.cooldown_minutes,
    r.on_unknown,
    r.timezone,
    r.send_from,
    r.send_until,
    r.max_notifications,
    r.cap_window,
    to_char(r.evaluation_date, 'YYYY-MM-DD') as iso_date
  from due d
  join rules r using (chapter_id)
),
keyed as (
  select
    c.*,
    c.iso_date || c.key_suffix as date_window,
    encode(sha256(convert_to(c.user_id::text || :'scenario_type'::text || c.iso_date || c.key_suffix, 'UTF8')), 'hex') as idempotency_key,
    latest.cooldown_from
  from candidates c
  left join lateral (
    select n.cooldown_from
    from scenario_notifications n
    where n.user_id = c.user_id
      and n.scenario_type = :'scenario_type'
      -- One notification of an evaluation that is claimed by itself: the others of that evaluation do not count.
      and (:'only_key'::text is null or n.triggered_at <> :'as_of'::timestamptz)
    order by n.cooldown_from desc
    limit 1
  ) latest on true
),
-- OFFSET 0 keeps each question a look-up: hashed, it would read the whole history for a handful of candidates.
-- Materialized: inlined, the reason would be worked out again wherever it is mentioned.
suppressed as materialized (
  select
    k.*,
    used.records,
    used.claims,
    case
      when exists (
        select from notification_preferences p
        where p.user_id = k.user_id and p.scenario_type::text = :'scenario_type' and not p.enabled
        offset 0
      ) then 'opted_out'
      when exists (
        select from scenario_notifications n where n.idempotency_key = k.idempotency_key offset 0
      ) then 'already_sent'
      when exists (
        select from scenario_claims c
        where c.user_id = k.user_id
          and c.scenario_type = :'scenario_type'
          and c.state in ('open', 'unknown')
          and (c.occurrence = k.occurrence
            or c.idempotency_key = k.idempotency_key
            or (k.cooldown_minutes > 0 and (:'only_key'::text is null or c.triggered_at <> :'as_of'::timestamptz)))
      ) then 'in_flight'
      when k.cooldown_minutes > 0
        and not get_byte(uuid_send(k.user_id), 0) = any (:'locked_buckets'::int[]) then 'in_flight'
      when k.max_notifications is not null and not :'cap_locked'::boolean then 'in_flight'
      when k.cooldown_minutes > 0
        and k.cooldown_from + make_interval(mins => k.cooldown_minutes) > :'as_of'::timestamptz then 'cooldown'
      when used.records + used.claims >= k.max_notifications then 'capped'
      when not exists (
        select from device_tokens t
        where t.user_id = k.user_id and t.invalidated_at is null and octet_length(t.token) <= 4096
        offset 0
      ) then 'no_device_token'
      when :'is_late'::boolean or not k.user_id::text || ':' || k.occurrence = any (:'still_due'::text[]) then 'late'
    end as reason
  from keyed k
  -- What a cap counts, of all types. Without a cap nothing is looked up.
  left join lateral (
    select
      (
        select count(*)
        from scenario_notifications n
        where n.user_id = k.user_id and n.dispatched_at > :'as_of'::timestamptz - k.cap_window
      ) as records,
      (
        select count(*) from scenario_claims c where c.user_id = k.user_id and c.state in ('open', 'unknown')
      ) as claims
    where k.max_notifications is not null
    offset 0
  ) used on true
  where :'only_key'::text is null or k.idempotency_key = :'only_key'
),
-- What is sent first uses up the cap for what comes after it.
capped as (
  select
    s.*,
    coalesce(s.reason, 'late') = 'late'
      and s.records + s.claims + count(*) filter (where s.reason is null) over (
        partition by s.user_id
        order by s.position, s.occurrence
        rows between unbounded preceding and 1 preceding) >= s.max_notifications as is_capped
  from suppressed s
),
-- And the sweep's allowance, of everybody. What is beyond that is not sent, and uses up no cap.
decided as (
  select
    a.*,
    case
      when a.reason is null and a.is_beyond then 'limit'
      when a.is_capped and a.is_beyond is not true then 'capped'
      else a.reason
    end as verdict_reason
  from (
    select
      c.*,
      count(*) filter (where c.reason is null and c.is_capped is not true) over (
        order by c.user_id, c.position, c.occurrence
        rows between unbounded preceding and current row) > :'allowance'::int as is_beyond
    from capped c
  ) a
),
-- Whose hours matter, and by which clock. A mentor's own timezone is looked up only for these.
clocked as materialized (
  select
    d.*,
    case
      when d.verdict_reason is null and d.send_from <> d.send_until
        then coalesce((select u.timezone::text from users u where u.id = d.user_id offset 0), d.timezone)
    end as clock
  from decided d
),
-- Worked out once for each timezone and window, and not for each mentor.
openings as materialized (
  select
    w.*,
    scenario_push.send_at(
      :'as_of'::timestamptz, scenario_push.timezone_of(w.clock, w.timezone), w.send_from, w.send_until) as send_at
  from (
    select distinct clock, timezone, send_from, send_until from clocked where clock is not null
  ) w
),
verdicts as (
  select
    c.*,
    case c.verdict_reason
      when 'cooldown' then c.cooldown_from + make_interval(mins => c.cooldown_minutes)
      -- When so many of what was counted are old enough that the cap has room again.
      when 'capped' then (
        select counted.at + c.cap_window
        from (
          select n.dispatched_at as at
          from scenario_notifications n
          where n.user_id = c.user_id and n.dispatched_at > :'as_of'::timestamptz - c.cap_window
          union all
          -- Claims, and what is sent first.
          select :'as_of'::timestamptz from generate_series(1, greatest(c.claims, c.max_notifications - c.records))
        ) counted
        order by counted.at
        offset greatest(c.records + c.claims - c.max_notifications, 0)
        limit 1
      )
    end as next_eligible_at,
    o.send_at
  from clocked c
  left join openings o
    on o.clock = c.clock and o.timezone = c.timezone and o.send_from = c.send_from and o.send_until = c.send_until
)
