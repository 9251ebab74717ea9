-- annual_summary: sessions of a mentor in a calendar year as the organisation counted them, and when it did.
-- Created if missing, else adopted.
do $$
begin
  if scenario_push.table_is_missing('annual_summary') then
    create table if not exists public.annual_summary (
      user_id uuid not null references public.users (id) on delete cascade,
      year integer not null,
      session_count integer not null check (session_count >= 0),
      computed_at timestamptz not null default now(),
      primary key (user_id, year)
    );
    perform scenario_push.created('annual_summary', 'Sessions of a mentor in a year, and when they were counted.');
  end if;
end
$$;

select scenario_push.need_column('annual_summary', 'user_id', 'uuid', 'references public.users (id) on delete cascade');
select scenario_push.need_column('annual_summary', 'year', 'integer');
select scenario_push.need_column('annual_summary', 'session_count', 'integer', 'check (session_count >= 0)');
-- Without a time of counting a row is never fresh, and the year's activities are counted instead.
select scenario_push.need_column('annual_summary', 'computed_at', 'timestamptz');
select scenario_push.need_index('annual_summary_user_id_year_idx', 'annual_summary', array['user_id', 'year']);
