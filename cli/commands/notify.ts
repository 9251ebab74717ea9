import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import type { ScenarioRepository } from '../../db/scenario-repository.ts';
import { refuseTheFuture } from '../../domain/future.ts';
import { CodedError } from '../../domain/errors.ts';
import type { ScenarioType } from '../../domain/scenarios/registry.ts';
import { examples } from '../examples.ts';
import { localTime } from '../local-time.ts';
import { asOfOption, jsonOption, parseMentor, scenarioOption } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { withDatabase } from '../with-database.ts';
import { noticeNobodyWorks, noticeNoWorker } from '../worker-notice.ts';
import { withTemporal } from '../with-temporal.ts';

interface NotifyOptions {
  mentor: string;
  scenario: ScenarioType[];
  asOf?: Date;
  wait: boolean;
  json: boolean;
}

export function notifyCommand(): Command {
  return new Command('notify')
    .description('evaluate one mentor now and send what is due to them')
    .requiredOption('-m, --mentor <id>', 'user id of the mentor', parseMentor)
    .addOption(scenarioOption())
    .addOption(asOfOption())
    .option('--wait', 'wait until what was started has ended', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'notify --mentor 6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f --scenario welcome_back',
        'notify --mentor 6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f --wait --json',
      ),
    )
    .action(async (options: NotifyOptions) => {
      const asOf = options.asOf ?? new Date();
      refuseTheFuture({ asOf, now: new Date() });
      await withDatabase(async ({ db, repository }) => {
        const user = await db.selectFrom('users').select('id').where('id', '=', options.mentor).executeTakeFirst();
        if (!user)
          throw new CodedError('E_MENTOR_UNKNOWN', `--mentor: there is no user ${options.mentor} in this database`, {
            fix: 'check the id and DATABASE_URL',
          });
        await withTemporal((client) => notify(client, repository, { ...options, asOf }));
      });
    });
}

async function notify(
  client: Client,
  repository: ScenarioRepository,
  { mentor, scenario, asOf, wait, json }: NotifyOptions & { readonly asOf: Date },
): Promise<void> {
  const { startNotifications } = await import('../../client/notifications.ts');
  const stopNoticing = noticeNoWorker(client, process.stderr);
  let isWaiting = false;
  try {
    for (const scenarioType of scenario) {
      const starts = await startNotifications(client, repository, { userId: mentor, scenarioType, asOf });
      if (starts.length === 0 && !json) printLine(`${scenarioType}: not due`);
      for (const { candidate, status, result } of starts) {
        isWaiting ||= !wait && result !== null;
        const counts = wait && result ? await result() : null;
        const line = {
          user_id: mentor,
          scenario_type: scenarioType,
          occurrence: candidate.occurrence,
          idempotency_key: candidate.idempotency_key,
          status,
          reason: candidate.reason,
          send_at: candidate.send_at?.toISOString() ?? null,
          ...(counts && {
            sent: counts.sent,
            failed: counts.failed,
            unknown: counts.unknown,
            deferred: counts.deferred,
            withdrawn: counts.withdrawn,
            suppressed: counts.suppressed,
          }),
        };
        if (json) printJson(line);
        else printLine(describe(line));
      }
    }
  } finally {
    await stopNoticing();
  }
  if (isWaiting) await noticeNobodyWorks(client);
}

function describe(line: {
  scenario_type: string;
  occurrence: string;
  status: string;
  reason: string | null;
  send_at: string | null;
  sent?: number;
  deferred?: number;
}): string {
  const what = [line.scenario_type, line.occurrence].filter(Boolean).join(' ');
  if (line.status === 'suppressed') return `${what}: not sent (${line.reason})`;
  if (line.status === 'running') return `${what}: already under way, nothing was started`;
  if (line.send_at && line.deferred !== 0)
    return `${what}: deferred until ${localTime(line.send_at)}, when the mentor's hours begin`;
  return `${what}: ${line.sent === undefined ? 'started' : line.sent > 0 ? 'sent' : 'not sent; see "scenario-push runs" and the worker\'s log'}`;
}
