import type { Supervisor } from '../../../local/supervisor.ts';
import { startAlternative, type Participant } from './participant.ts';
import { scenarioPush, type Start } from './scenario-push.ts';

export interface Contender {
  readonly title: string;
  /** Requests to the push service that it can have in flight. The sender's own limit, 100, is the same for all. */
  readonly inFlight: number;
  /** The folder whose dependencies it needs. */
  readonly installs?: string;
  /** Statements for its copy of the database before it starts. */
  readonly prepare?: string;
  /** Starts what it needs besides PostgreSQL and the push service, and says how its process is started. */
  readonly begin: (supervisor: Supervisor, folder: string) => Promise<(start: Start) => Promise<Participant>>;
  /** Takes part only where a process is killed. */
  readonly onlyCrash?: true;
}

const alternative =
  (name: string, mentorsPerJob = 1) =>
  async () =>
  (start: Start) =>
    startAlternative({ name, mentorsPerJob, ...start });

/** By the name that `--only` takes. */
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
  'graphile-worker': {
    title: 'graphile-worker, a job a mentor',
    inFlight: 24,
    installs: 'graphile-worker',
    begin: alternative('graphile-worker'),
  },
  'graphile-worker-100': {
    title: 'graphile-worker, a job a 100 mentors',
    inFlight: 24,
    installs: 'graphile-worker',
    begin: alternative('graphile-worker', 100),
  },
  dbos: { title: 'DBOS, a workflow a mentor', inFlight: 100, installs: 'dbos', begin: alternative('dbos') },
  'dbos-100': {
    title: 'DBOS, a workflow a 100 mentors',
    inFlight: 100,
    installs: 'dbos',
    begin: alternative('dbos', 100),
  },
};
