import { Command, InvalidArgumentError } from 'commander';
import { countPrunable, pruneBefore } from '../../db/prune.ts';
import { DAY } from '../../domain/durations.ts';
import { examples } from '../examples.ts';
import { localTime } from '../local-time.ts';
import { jsonOption } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { withDatabase } from '../with-database.ts';

/** Longer than any message lives, any statement runs and anything waits for a decision without being asked after. */
const LEAST_DAYS = 30;

interface PruneOptions {
  olderThan: number;
  dryRun: boolean;
  json: boolean;
}

export function pruneCommand(): Command {
  return new Command('prune')
    .description(
      'remove old claims, delivery attempts and batches that are settled; records, the log and runs stay for ever',
    )
    .requiredOption(
      '--older-than <days>',
      `settled longer ago than so many days, such as 400d; ${LEAST_DAYS}d or more`,
      parseDays,
    )
    .option('--dry-run', 'count them and remove nothing', false)
    .addOption(jsonOption())
    .addHelpText('after', examples('prune --older-than 400d --dry-run', 'prune --older-than 400d'))
    .action(async ({ olderThan, dryRun, json }: PruneOptions) => {
      const before = new Date(Date.now() - olderThan * DAY);
      const removed = await withDatabase(({ db }) => (dryRun ? countPrunable(db, before) : pruneBefore(db, before)));
      if (json) return printJson({ before: before.toISOString(), dry_run: dryRun, ...removed });
      const { batches, claims, attempts, skips, budgets } = removed;
      printLine(
        `${dryRun ? 'would remove' : 'removed'} ${claims} claims with ${attempts} delivery attempts, ${batches} batches, ${skips} remembered skips and ${budgets} budgets from before ${localTime(before)}`,
      );
    });
}

function parseDays(text: string): number {
  const days = Number(/^(\d{1,5})d?$/.exec(text)?.[1]);
  if (!(days >= LEAST_DAYS))
    throw new InvalidArgumentError(`expected days, ${LEAST_DAYS} or more, such as 400d, got "${text}".`);
  return days;
}
