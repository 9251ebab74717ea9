import { clockDifference, describeDifference } from '../../db/clock-difference.ts';
import { connect } from '../../db/connect.ts';
import { assertSchemaCurrent, schemaVersion, versionsAhead } from '../../db/migrate.ts';
import { sendingState, type ClosedGate } from '../../db/sending-state.ts';
import { describeSetAside, recentlySetAside } from '../../db/set-aside.ts';
import { DAY } from '../../domain/durations.ts';
import { CodedError } from '../../domain/errors.ts';
import { CLOCK_SKEW } from '../../domain/timing.ts';
import { describeHalt } from '../sending-notice.ts';
import { withPool, type Environment, type Warning } from './check.ts';

export async function examineDatabase(env: Environment): Promise<string> {
  return withPool(env, async (pool) => (await pool.query('select version()')).rows[0].version.split(' on ')[0]);
}

/** A build goes on working with the schema of a newer one: that is the way back from it. */
export async function examineSchema(env: Environment): Promise<string | Warning> {
  return withPool(env, async (pool) => {
    const db = connect(pool);
    await assertSchemaCurrent(db);
    const { expected } = schemaVersion();
    const ahead = await versionsAhead(db);
    if (ahead.length === 0) return `current (${expected})`;
    return {
      warning: `database is at ${ahead.at(-1)}, ahead of this build, which knows ${expected}; run the newer build, unless you have gone back on purpose`,
    };
  });
}

export async function examineClock(env: Environment): Promise<string> {
  const ms = await withPool(env, (pool) => clockDifference(connect(pool)));
  const found = `this machine's clock is ${describeDifference(ms)} the database's`;
  if (Math.abs(ms) <= CLOCK_SKEW) return found;
  throw new CodedError('E_CLOCKS_DIFFER', found, { fix: 'keep the clocks of both by NTP' });
}

/** A halt is wanted, and yet nothing is sent: whoever asks what is missing must hear of it. */
export async function examineSending(env: Environment): Promise<string> {
  const { halt, closed, notSettled } = await withPool(env, (pool) => sendingState(connect(pool)));
  if (halt) throw new CodedError('E_HALTED', describeHalt(halt), { fix: '"scenario-push halt --end" ends it' });
  if (notSettled) {
    throw new CodedError(
      'E_NOT_SETTLED',
      `${notSettled.notifications} notifications cannot be settled; the database says of one: ${notSettled.fault}`,
      { fix: 'mend what it names; they are tried again by themselves, and nothing is sent again' },
    );
  }
  if (closed.length === 0) return 'not halted, and the push service is open';
  const gates = closed.map(describeGate);
  return `not halted; ${gates.join(', ')}, and opens by itself`;
}

function describeGate({ project_id, closed_until, reason }: ClosedGate): string {
  const [project, platform] = project_id.split('/');
  const what = platform
    ? `the ${platform} devices of project ${project} are set aside`
    : `project ${project} is closed`;
  return `${what} until ${closed_until.toISOString()} (${reason ?? 'trouble'})`;
}

export async function examineEvaluation(env: Environment): Promise<string> {
  const since = new Date(Date.now() - DAY);
  const left = await withPool(env, (pool) =>
    recentlySetAside(connect(pool), { since, userId: null, scenarioType: null }),
  );
  if (left.length === 0) return 'nobody was left out since yesterday';
  const wrong = `left out since yesterday, because evaluating them failed or cost too much: ${left.map(describeSetAside).join(', ')}`;
  throw new CodedError('E_SET_ASIDE', wrong, { fix: 'mend the rule, or the rows of the mentor; see docs/runbook.md' });
}
