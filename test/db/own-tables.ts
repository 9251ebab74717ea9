import type { Pool } from 'pg';

export const chapterId = '11111111-1111-4111-8111-111111111111';
export const mentorId = '22222222-2222-4222-8222-222222222222';

/**
 * What an organisation may have before the service arrives: users, chapters and activities of its own, with columns
 * that the service does not know, without some that it needs, with rows, privileges and a policy.
 */
export async function createOwnTables(pool: Pool): Promise<void> {
  await pool.query(`
    create table public.chapters (
      id uuid primary key,
      name varchar(80) not null,
      city text
    );
    create type public.user_role as enum ('peer_mentor', 'coordinator', 'administrator', 'auditor');
    create table public.users (
      id uuid primary key,
      chapter_id uuid references public.chapters,
      role public.user_role not null,
      nickname text
    );
    comment on table public.users is 'Everybody who may sign in.';
    grant select on public.users to public;
    alter table public.users enable row level security;
    create policy "everybody sees everybody" on public.users for select using (true);
    create table public.activities (
      id bigint generated always as identity primary key,
      user_id uuid not null references public.users,
      activity_date date not null,
      kind text
    );

    insert into public.chapters values ('${chapterId}', 'Oslo', 'Oslo');
    insert into public.users values ('${mentorId}', '${chapterId}', 'peer_mentor', 'Kari');
    insert into public.activities (user_id, activity_date, kind) values ('${mentorId}', '2026-11-01', 'walk');
  `);
}

/** The rows as they were put there, without what the service added. */
export async function ownRows(pool: Pool): Promise<unknown> {
  const { rows } = await pool.query(`
    select u.id, u.role, u.nickname, c.name, c.city, a.activity_date::text, a.kind
    from public.users as u join public.chapters as c on c.id = u.chapter_id join public.activities as a on a.user_id = u.id`);
  return rows;
}
