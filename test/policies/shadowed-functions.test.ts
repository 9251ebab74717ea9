import { describe, expect, test } from '@jest/globals';
import { client, register, setUpActing, workAs } from './acting.ts';
import { id } from './world.ts';

setUpActing();

/** Temporary and public things that have the names of what the functions use, and shout when they are found. */
const SHADOWS = `
  create function pg_temp.shout() returns boolean language plpgsql as $$
    begin
      raise exception 'shadowed, as %', current_user;
    end $$;
  create domain pg_temp.uuid as pg_catalog.uuid check (pg_temp.shout());
  create domain pg_temp.text as pg_catalog.text check (pg_temp.shout());
  create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.shout());
  create temporary table users (id pg_catalog.uuid, chapter_id pg_catalog.uuid, role pg_catalog.text, status pg_catalog.text);
  create temporary table chapters (id pg_catalog.uuid, organization_id pg_catalog.uuid);
  create temporary table activities (user_id pg_catalog.uuid, activity_date date);
  create temporary table device_tokens (id pg_catalog.uuid, user_id pg_catalog.uuid, token pg_catalog.text);
  create temporary table scenario_rules (id pg_catalog.uuid);`;
const IN_PUBLIC = `
  create function public.now() returns timestamptz language plpgsql as $$ begin raise exception 'shadowed, as %', current_user; end $$;
  create function public.array_agg(pg_catalog.uuid) returns pg_catalog.uuid[] language sql as 'select array[$1]';
  create function public.jsonb_build_object(variadic "any") returns pg_catalog.jsonb language internal as 'jsonb_build_object';`;

describe('what somebody puts into pg_temp or public changes nothing', () => {
  const calls: readonly (readonly [
    name: string,
    role: string,
    person: string | undefined,
    query: string,
    answer: unknown,
  ])[] = [
    ['the policies', 'authenticated', 'coordinator', `select from follow_up_notification_log`, 1],
    ['an administrator’s rules', 'authenticated', 'administrator', `select from public.scenario_rules`, 5],
    [
      'register_device_token',
      'authenticated',
      'mentor',
      `select public.register_device_token('token of bergen', 'ios')`,
      1,
    ],
    [
      'register_device_token of an installation id',
      'authenticated',
      'mentor',
      `select public.register_device_token('cFresh', 'ios', 'installation_id', 'token of bergen')`,
      1,
    ],
    ['readable_chapters', 'authenticated', 'administrator', `select from public.readable_chapters(null)`, 2],
    [
      'readable_mentors',
      'authenticated',
      'coordinator',
      `select from public.readable_mentors(array['${id('mentor')}', '${id('bergen')}']::pg_catalog.uuid[])`,
      1,
    ],
    [
      'keep_rules',
      'scenario_push_worker',
      undefined,
      `select from scenario_push.keep_rules(array(select id from public.scenario_rules))`,
      7,
    ],
    [
      'keep_chapters',
      'scenario_push_worker',
      undefined,
      `select from scenario_push.keep_chapters(array(select id from public.chapters))`,
      3,
    ],
    [
      'scenario_rule_fault',
      'service_role',
      undefined,
      `select where public.scenario_rule_fault('milestone', '{"thresholds": [1]}') is null`,
      1,
    ],
    [
      'the CHECK of a rule',
      'authenticated',
      'coordinator',
      `update public.scenario_rules set parameters = '{"inactive_days": 20}' where scenario_type = 'inactivity'`,
      1,
    ],
    ['applied_versions', 'scenario_push_worker', undefined, `select from scenario_push.applied_versions() limit 1`, 1],
  ];

  test.each(calls)('to %s', async (_, role, person, query, answer) => {
    await client.query(IN_PUBLIC);
    await workAs(role, person);
    await client.query(SHADOWS);
    await client.query('set local search_path = pg_temp, public');
    expect((await client.query(query)).rowCount).toBe(answer);
  });

  test('and this would notice: with an empty path the caller’s domain runs with the owner’s rights', async () => {
    await client.query(`alter function public.register_device_token(text, text, text, text) set search_path = ''`);
    await workAs('authenticated', 'mentor');
    await client.query(SHADOWS);
    await expect(register('fresh')).rejects.toThrow('shadowed, as postgres');
  });
});
