import { connect } from '../../db/connect.ts';
import { typesWithoutRecord } from '../../db/first-sweep.ts';
import { preview } from '../../db/preview.ts';
import { findUntold, type Untold } from '../../db/untold.ts';
import { count } from '../../domain/explanation/en/amounts.ts';
import { describeFirstSweep } from '../../domain/explanation/first-sweep.ts';
import { SCENARIO_TYPES } from '../../domain/scenarios/registry.ts';
import { withPool, type Environment, type Warning } from './check.ts';

/** Whom nobody can notify, whatever a sweep finds: their owner may not know. */
export async function examinePeople(env: Environment): Promise<string | Warning> {
  const untold = await withPool(env, (pool) => findUntold(connect(pool)));
  if (untold.length === 0) return 'every active mentor can be evaluated, and every device in use sent to';
  return { warning: untold.map(describeUntold).join('; ') };
}

function describeUntold({ reason, n, example, detail }: Untold): string {
  switch (reason) {
    case 'no_chapter':
      return `${count(n, 'active mentor')} without a chapter: never evaluated; give them one (such as user ${example})`;
    case 'timezone':
      return `${count(n, 'mentor')} of organisation ${example}: never evaluated, for its timezone "${detail}" is no name of the IANA database; correct organizations.timezone`;
    case 'rule':
      return `${count(n, 'mentor')} under rule ${example}: never evaluated, for it cannot be read (${withoutValue(detail)}); correct its parameters`;
    case 'too_many_devices':
      return `${count(n, 'device')} beyond the newest 20 of a person: never sent to; invalidate those that are no longer used (such as of user ${example})`;
    case 'long_token':
      return `${count(n, 'device')} with a token of more than 4096 bytes: never sent to; the app has to register again (such as device ${example})`;
  }
}

/** What was written there may be somebody's text: whoever may read the rule finds it there. */
function withoutValue(fault: string | null): string {
  return (fault ?? '').replace(/, got .*/s, '');
}

/**
 * What the first sweep of a type would send, where that is much: it is new to everybody at once. A whole preview, of types
 * alone that nobody was ever notified of.
 */
export async function examineFirstSweep(env: Environment, asOf: Date): Promise<string | Warning> {
  const large = await withPool(env, async (pool) => {
    const db = connect(pool);
    const scenarioTypes = await typesWithoutRecord(db, SCENARIO_TYPES);
    const counted = new Map<string, { send: number; mentors: number }>();
    await preview(
      db,
      { scenarioTypes, asOf },
      {
        audience: (type, { mentors_evaluated }) => void counted.set(type, { send: 0, mentors: mentors_evaluated }),
        candidate: (type, { reason }) => {
          if (reason === null) counted.get(type)!.send++;
        },
      },
    );
    const today = asOf.toLocaleDateString('sv-SE', { timeZone: 'Europe/Oslo' });
    return scenarioTypes.flatMap((type) => describeFirstSweep(type, { ...counted.get(type)!, today })?.join(' ') ?? []);
  });
  if (large.length === 0) return 'nobody would be notified of much at once';
  return { warning: large.map((text) => text.replace(/^first sweep: /, '')).join(' ') };
}
