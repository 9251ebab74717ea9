#!/usr/bin/env node
// npm run bench:page -- --help
import { join } from 'node:path';
import { Command } from 'commander';
import { jsonOption, parseWhole } from '../../../cli/options.ts';
import { printJson, printLine } from '../../../cli/output.ts';
import { printTable } from '../../../cli/table.ts';
import { localFolder } from '../../../local/folders.ts';
import { log, runCommand } from '../../support/command.ts';
import { inMigrated } from '../../support/migrated.ts';
import { serversIn } from '../../support/servers.ts';
import { machine } from '../report.ts';
import { inRun } from '../run-folder.ts';
import { loadLog } from './load-log.ts';
import { askForPage, drawCoordinators, explainPage, PAGES, type Page } from './page.ts';

interface Options {
  rows: number;
  chapters: number;
  pages: number;
  target: number;
  json: boolean;
}

interface Times {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  readonly plan: string;
}

const command = new Command('bench:page')
  .description('how long a coordinator waits for the latest 50 of their chapter, row-level security included')
  .option('--rows <n>', 'rows of the follow-up log', parseWhole(1_000), 10_000_000)
  .option('--chapters <n>', 'chapters, of very different size', parseWhole(1), 3_000)
  .option('--pages <n>', 'chapters to ask for, drawn at random', parseWhole(1), 1_000)
  .option(
    '--target <ms>',
    'most that p99 may be for a page that names its chapter, and for one of the view',
    parseWhole(1),
    5,
  )
  .addOption(jsonOption())
  .addHelpText('after', '\nExit code: 0 measured and within the target, 1 not, 2 misused.');

await runCommand(command, async () => {
  const options = command.opts<Options>();
  const measured = await measure(options);
  const times = Object.entries(measured.pages);
  if (options.json) printJson({ ...machine(), rows: options.rows, chapters: options.chapters, ...measured });
  else {
    printLine(
      `${options.rows.toLocaleString('en-US')} rows in ${options.chapters} chapters, load average ${machine().load_average}`,
    );
    printTable(
      ['page', 'p50 ms', 'p99 ms', 'longest ms'],
      times.map(([page, t]) => [page, t.p50_ms, t.p99_ms, t.max_ms]),
    );
    for (const [page, { plan }] of times) printLine(`\n${page}: ${PAGES[page as Page]}\n${plan}`);
  }
  for (const page of ['named', 'view'] as const) {
    const { p99_ms } = measured.pages[page];
    if (p99_ms <= options.target) continue;
    log(`${page}: p99 is ${p99_ms} ms, more than ${options.target}.`);
    process.exitCode = 1;
  }
});

async function measure({ rows, chapters, pages }: Options): Promise<{ load_ms: number; pages: Record<Page, Times> }> {
  const home = join(localFolder(), 'bench');
  return inRun({ home, name: 'page', log }, async (supervisor, folder) => {
    const servers = serversIn(folder, (name, begin) => supervisor.start(name, begin));
    const server = await servers.postgres({ settings: { shared_buffers: '1GB', max_wal_size: '8GB' } });
    return await inMigrated(server.url, async (pool) => {
      log(`Loading ${rows} rows …`);
      const loading = performance.now();
      await loadLog(pool, { rows, chapters });
      const load_ms = Math.round(performance.now() - loading);
      log(`Loaded in ${(load_ms / 1_000).toFixed(1)} s.`);
      const coordinators = await drawCoordinators(pool, pages);
      const times = async (page: Page): Promise<Times> => {
        const all: number[] = [];
        for (const coordinator of coordinators) {
          supervisor.signal.throwIfAborted();
          all.push((await askForPage(pool, page, coordinator)).ms);
        }
        all.sort((a, b) => a - b);
        const quantile = (q: number) => Number(all[Math.min(all.length - 1, Math.floor(all.length * q))]!.toFixed(2));
        return {
          p50_ms: quantile(0.5),
          p99_ms: quantile(0.99),
          max_ms: quantile(1),
          plan: await explainPage(pool, page, coordinators[0]!),
        };
      };
      return { load_ms, pages: { named: await times('named'), bare: await times('bare'), view: await times('view') } };
    });
  });
}
