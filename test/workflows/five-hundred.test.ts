import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { startSweepService, type SweepService } from '../support/sweep-service.ts';
import { chapter } from '../support/factories.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: SweepService;

beforeAll(async () => {
  service = await startSweepService(asOf);
  const chapterId = await chapter(service.db);
  await sql`
    with mentors as (
      insert into users (chapter_id, role, created_at)
      select ${chapterId}::uuid, 'peer_mentor', '2020-01-01' from generate_series(1, 500) returning id
    )
    insert into device_tokens (user_id, token, platform) select id, 'token-' || id, 'android' from mentors`.execute(
    service.db,
  );
});
afterAll(() => service.stop());

const textOf = (statement: unknown) => (statement as { text?: string }).text ?? String(statement);

test('five hundred mentors who are all due are told through Temporal in fewer commits than they are', async () => {
  const query = jest.spyOn(pg.Client.prototype, 'query');
  const result = await service.sweep({ scenarioTypes: ['inactivity'], asOf: asOf.toISOString(), brake: false });
  expect(result.scenarios['inactivity']).toMatchObject({ mentors_evaluated: 500, sent: 500 });
  expect(await service.emulator.ledger()).toHaveLength(500);
  // Some 130: as many answers share one as came while the one before was written.
  const commits = query.mock.calls.filter(([statement]) => textOf(statement) === 'commit');
  expect(commits.length).toBeGreaterThan(0);
  expect(commits.length).toBeLessThan(500);
});
