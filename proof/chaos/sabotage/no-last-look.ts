import { env } from 'node:process';
import { createActivities, type Activities, type ActivityDependencies } from '../../../activities/create-activities.ts';
import type { AttemptToSend, BeginRequest, Begun } from '../../../db/attempts.ts';
import { connect, createPool } from '../../../db/connect.ts';
import { all } from '../../../db/run-statement.ts';
import { readSql, statement } from '../../../db/sql-file.ts';

type Row = Omit<Begun, 'attempts'> & Partial<AttemptToSend>;

const LAST_LOOK = 'and not p.enabled';

/** Whether a mentor has opted out is asked when the notification is claimed, and not again when it is sent. */
export function withoutLastLook(deps: ActivityDependencies): Activities {
  const url = env['DATABASE_URL'] ?? '';
  const db = connect(createPool({ url, maxConnections: 4, applicationName: 'scenario-push' }));
  const text = readSql('begin-attempts');
  if (!text.includes(LAST_LOOK)) throw new Error(`begin-attempts.sql has no "${LAST_LOOK}" any more`);
  const begin = statement<Row>(text.replace(LAST_LOOK, 'and false'));
  const beginAttempts = async (request: BeginRequest): Promise<Begun> => {
    const rows = await all(db, begin, {
      batch_key: request.batchKey,
      fence: request.fence,
      messages: request.messages,
      now: request.now,
      after_user: request.afterUser,
      check_before: request.checkBefore,
      project_id: request.projectId,
      is_probe: request.isProbe,
    });
    const { is_holder, shut, withdrawn, reached_user } = rows[0]!;
    const attempts = rows.filter((row): row is Row & AttemptToSend => Boolean(row.claim_id));
    return { is_holder, shut, withdrawn, reached_user: attempts.at(-1)?.user_id ?? reached_user, attempts };
  };
  const { repository } = deps;
  const exchangeAnswers: typeof repository.exchangeAnswers = async ({ begin: request, ...exchange }) => {
    const exchanged = await repository.exchangeAnswers({ ...exchange, begin: null });
    return { ...exchanged, begun: request ? await beginAttempts(request) : null };
  };
  return createActivities({
    ...deps,
    repository: new Proxy(repository, {
      get: (target, name: keyof typeof repository) => (name === 'exchangeAnswers' ? exchangeAnswers : target[name]),
    }),
  });
}
