-- A summary of activities as a service could keep it: who was active last when, brought up to date by each insert.
create table mentor_activity (
  user_id uuid primary key references users on delete cascade,
  last_activity date not null
);

insert into mentor_activity
select user_id, max(activity_date) from activities group by user_id order by user_id;

analyze mentor_activity;

create function keep_mentor_activity() returns trigger language plpgsql as $$
begin
  insert into mentor_activity as kept
  select user_id, max(activity_date) from added group by user_id order by user_id
  on conflict (user_id) do update set last_activity = excluded.last_activity
    where kept.last_activity < excluded.last_activity;
  return null;
end
$$;
