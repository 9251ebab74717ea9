import { afterAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect } from '../../db/connect.ts';
import { ScenarioRepository } from '../../db/scenario-repository.ts';
import { createDatabase } from '../support/database.ts';

const database = await createDatabase();
afterAll(() => database.drop());

test('an accepted answer that settles nothing, as of a second device, is written in one transaction', async () => {
  const repository = new ScenarioRepository(connect(database.pool));
  const now = new Date('2026-11-20T09:00:00Z');
  const attempt = {
    claim_id: randomUUID(),
    device_id: randomUUID(),
    platform: 'android',
    attempt: 1,
    token: 'token',
    token_kind: 'registration_token',
    user_id: randomUUID(),
    scenario_type: 'inactivity',
    idempotency_key: 'settled before',
    message_values: {},
    link: null,
    locale: 'nb',
    messages: null,
    expires_at: now,
  } as const;
  const exchanged = await repository.exchangeAnswers({
    results: [{ ...attempt, outcome: { status: 'accepted', messageId: 'm' }, answered_at: now }],
    batchKey: 'batch',
    fence: 1,
    now,
    begin: null,
  });
  expect(exchanged).toEqual({ invalidated: 0, begun: null });
});
