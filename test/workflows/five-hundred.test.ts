import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
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

test('five hundred mentors who are all due are told in far less than thirty seconds, through Temporal', async () => {
  const started = performance.now();
  const result = await service.sweep({ scenarioTypes: ['inactivity'], asOf: asOf.toISOString() });
  const seconds = (performance.now() - started) / 1_000;
  console.info(`500 mentors evaluated, notified and recorded in ${seconds.toFixed(2)} s`);
  expect(result.scenarios['inactivity']).toMatchObject({ mentors_evaluated: 500, sent: 500 });
  expect(await service.emulator.ledger()).toHaveLength(500);
  expect(seconds).toBeLessThan(10);
});
