import { html } from 'hono/html';
import { signalSweep, type SweepSignal } from '../../../client/sweep-control.ts';
import { runsOfSweep, type Run } from '../../../db/list-runs.ts';
import { CodedError } from '../../../domain/errors.ts';
import type { ConsoleContext } from '../../env.ts';
import { notFound } from '../../failure-pages.ts';
import type { Html } from '../../layout.ts';
import type { ConsoleServices } from '../../services.ts';
import { askPage } from '../confirm.ts';

const SIGNALS: readonly SweepSignal[] = ['pause', 'resume', 'stop'];

/** Tells a sweep to pause, to go on or to stop; asks first where that cannot be taken back. */
export async function controlSweep(c: ConsoleContext, services: ConsoleServices): Promise<Response> {
  const { workflow_id, signal, confirmed, braked: shown } = await c.req.parseBody();
  if (typeof workflow_id !== 'string' || workflow_id.includes('\0') || !isSignal(signal)) return notFound();
  const temporal = await services.temporal();
  if (!temporal)
    throw new CodedError('E_TEMPORAL', 'no Temporal server answers', { fix: 'start one, or set TEMPORAL_ADDRESS' });
  const isConfirmed = confirmed === 'yes';
  // To resume a sweep answers whatever of it is braked by then: nothing is sent that the operator was not asked about.
  const braked = signal === 'resume' ? await brakedOf(services, workflow_id) : [];
  const known = new Set(isConfirmed && typeof shown === 'string' ? shown.split(',') : []);
  const isAnswered = signal === 'stop' ? isConfirmed : braked.every(({ scenario_type }) => known.has(scenario_type));
  if (!isAnswered) return ask(c, workflow_id, signal, braked);
  await signalSweep(temporal.client, workflow_id, signal);
  services.log.info({ workflow_id, signal }, 'the operator controls a sweep');
  return c.redirect(`/sweeps?done=${signal}`, 303);
}

/** What a form carries: the scenario types that its question is about. */
export function namesOf(braked: readonly Run[]): string {
  return braked.map(({ scenario_type }) => scenario_type).join(',');
}

export function brakedText(c: ConsoleContext, { scenario_type, brake }: Run): string {
  const { sweeps: words, frame } = c.get('words');
  const when = c.get('when');
  return words.braked(frame.scenarios[scenario_type], when.number(brake!.expected), when.number(brake!.usual));
}

async function brakedOf({ db }: ConsoleServices, workflowId: string): Promise<Run[]> {
  return (await runsOfSweep(db, workflowId)).filter(({ state }) => state === 'braked');
}

function ask(c: ConsoleContext, workflowId: string, signal: SweepSignal, braked: readonly Run[]): Promise<Response> {
  const words = c.get('words').sweeps;
  const question: Html | string =
    signal === 'stop'
      ? words.stopQuestion
      : html`${braked.map((run) => html`${brakedText(c, run)}<br />`)} ${words.sendQuestion}`;
  return askPage(c, {
    title: signal === 'stop' ? words.stop : words.send,
    current: 'sweeps',
    action: '/sweeps/control',
    back: { href: '/sweeps', label: words.back },
    fields: { workflow_id: workflowId, signal, ...(signal === 'resume' && { braked: namesOf(braked) }) },
    question,
    isDanger: signal === 'stop',
  });
}

function isSignal(text: unknown): text is SweepSignal {
  return SIGNALS.includes(text as SweepSignal);
}
