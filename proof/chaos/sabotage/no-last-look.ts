import { env } from 'node:process';
import { createActivities, type Activities, type ActivityDependencies } from '../../../activities/create-activities.ts';
import { connect, createPool } from '../../../db/connect.ts';
import { beginAttempts, type BegunRow } from '../../../db/dispatch.ts';
import { readSql, statement } from '../../../db/sql-file.ts';

const LAST_LOOK = 'and not p.enabled';

/** Whether a mentor has opted out is asked when the notification is claimed, and not again when it is sent. */
export function withoutLastLook(deps: ActivityDependencies): Activities {
  const url = env['DATABASE_URL'] ?? '';
  const db = connect(createPool({ url, maxConnections: 4, applicationName: 'scenario-push' }));
  const text = readSql('begin-attempts');
  if (!text.includes(LAST_LOOK)) throw new Error(`begin-attempts.sql has no "${LAST_LOOK}" any more`);
  const make = statement<BegunRow>(text.replace(LAST_LOOK, 'and false'));
  const { repository } = deps;
  const exchangeAnswers: typeof repository.exchangeAnswers = async ({ begin: request, ...exchange }) => {
    const exchanged = await repository.exchangeAnswers({ ...exchange, begin: null });
    return { ...exchanged, begun: request ? await beginAttempts(db, request, make) : null };
  };
  return createActivities({
    ...deps,
    repository: new Proxy(repository, {
      get: (target, name: keyof typeof repository) => (name === 'exchangeAnswers' ? exchangeAnswers : target[name]),
    }),
  });
}
