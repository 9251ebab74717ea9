-- A follow-up log of so many rows over so many chapters, in the order in which the years would have written it; some
-- chapters have many times the rows of others, and each has one coordinator.
--
-- in   rows int; chapters int
-- Needs a superuser: foreign keys are not checked row by row, and indexes are made after the load.
set local session_replication_role = replica;
select setseed(0.5);

insert into organizations (name) values ('Page');
insert into chapters (organization_id, name)
select o.id, 'Chapter ' || n from organizations o cross join generate_series(1, :'chapters') n where o.name = 'Page';
insert into users (chapter_id, role)
select c.id, r.role from chapters c cross join (values ('coordinator'), ('peer_mentor')) r (role);

create temporary table places on commit drop as
select row_number() over (order by c.id) - 1 as place, c.id as chapter_id, u.id as mentor_id
from chapters c join users u on u.chapter_id = c.id and u.role = 'peer_mentor';
create unique index on places (place);
analyze places;

insert into follow_up_notification_log (
  peer_mentor_id, chapter_id, scenario_rule_id, delivered_at, delivery_channel, idempotency_key, status, created_at)
select p.mentor_id, p.chapter_id, r.id, l.at, 'fcm', encode(sha256(convert_to(l.n::text, 'UTF8')), 'hex'),
  case when l.n % 20 = 0 then 'failed' when l.n % 33 = 0 then 'skipped' else 'delivered' end, l.at
from (
  -- Squared: the first of the chapters has many times the rows of the last.
  select n, timestamptz '2026-11-20 09:00:00+00' - make_interval(secs => (:'rows' - n) * 94608000.0 / :'rows') as at,
    floor(:'chapters' * power(random(), 2))::bigint as place
  from generate_series(1, :'rows') n
  offset 0
) l
join places p on p.place = l.place
cross join (select id from scenario_rules where scenario_type = 'inactivity' and chapter_id is null and organization_id is null) r
order by l.n;
