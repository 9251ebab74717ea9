import type { Supervisor } from '../../local/supervisor.ts';
import { startAlternative, type Participant } from './participant.ts';
import { scenarioPush, type Start } from './scenario-push.ts';

export interface Contender {
  readonly title: string;
  /** Requests to the push service that it can have in flight. The sender's own limit, 100, is the same for all. */
  readonly inFlight: number;
  /** Statements for its copy of the database before it starts. */
  readonly prepare?: string;
  /** Starts what it needs besides PostgreSQL and the push service, and says how its process is started. */
  readonly begin: (supervisor: Supervisor, folder: string) => Promise<(start: Start) => Promise<Participant>>;
  /** Takes part only where a process is killed. */
  readonly onlyCrash?: true;
}

const alternative = (name: string) => async () => (start: Start) => startAlternative({ name, ...start });

/** By the name of the folder that it is in. */
export const CONTENDERS: Readonly<Record<string, Contender>> = {
  'scenario-push': { title: 'scenario-push', inFlight: 100, begin: scenarioPush },
  'scenario-push-hold': {
    title: 'scenario-push, on_unknown = hold',
    inFlight: 100,
    prepare: `update scenario_rules set on_unknown = 'hold'`,
    begin: scenarioPush,
    onlyCrash: true,
  },
  loop: { title: 'a loop over the mentors', inFlight: 1, begin: alternative('loop') },
  'graphile-worker': { title: 'graphile-worker, a job a mentor', inFlight: 24, begin: alternative('graphile-worker') },
  dbos: { title: 'DBOS, a workflow a mentor', inFlight: 100, begin: alternative('dbos') },
};
