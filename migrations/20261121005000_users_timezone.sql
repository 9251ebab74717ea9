-- users.timezone: where a mentor's clock stands. An IANA name; null or unknown means the organisation's.
-- Not checked on the way in: the table is the organisation's, and a name that only a newer PostgreSQL knows, or a typing
-- error, must not keep a person from being stored. scenario_push.timezone_of() judges it when it is read.
select scenario_push.need_column('users', 'timezone', 'text');
grant select (timezone) on public.users to scenario_push_worker;

-- Whether a text is a name of the IANA database that PostgreSQL knows. PostgreSQL takes more for a timezone: any letters
-- followed by a number (Nowhere0, UTC+3, which lies west), and abbreviations, which have no summer time (PST, CEST).
-- Names without a slash are historic, and no new ones are made.
create or replace function scenario_push.is_iana_timezone(name text) returns boolean
  language sql
  stable
  parallel safe
  set search_path = ''
  as $$
    select case
      when name like '%/%' then (name !~ '[0-9]' or name ~* '^etc/gmt[+-]?[0-9]+$') and name !~* '^(posix|right)/'
      else lower(name) in (
        'cet', 'cst6cdt', 'cuba', 'eet', 'egypt', 'eire', 'est', 'est5edt', 'gb', 'gb-eire', 'gmt', 'gmt+0', 'gmt-0',
        'gmt0', 'greenwich', 'hongkong', 'hst', 'iceland', 'iran', 'israel', 'jamaica', 'japan', 'kwajalein', 'libya',
        'met', 'mst', 'mst7mdt', 'navajo', 'nz', 'nz-chat', 'poland', 'portugal', 'prc', 'pst8pdt', 'roc', 'rok',
        'singapore', 'turkey', 'uct', 'universal', 'utc', 'w-su', 'wet', 'zulu')
    end and scenario_push.is_timezone(name)
  $$;

-- A mentor's timezone: their own, else their organisation's, else the default of the contract.
create or replace function scenario_push.timezone_of(own text, organizations text) returns text
  language sql
  stable
  parallel safe
  set search_path = ''
  as $$
    select case
      when scenario_push.is_iana_timezone(own) then own
      when scenario_push.is_timezone(organizations) then organizations
      else 'Europe/Oslo'
    end
  $$;

revoke all on function scenario_push.is_iana_timezone(text), scenario_push.timezone_of(text, text) from public;
grant execute on function scenario_push.is_iana_timezone(text), scenario_push.timezone_of(text, text)
  to scenario_push_worker;
