import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { canReach, databaseAccount } from '../../local/folders.ts';
import {
  commandLine,
  isAlive,
  markOf,
  processesMentioning,
  terminate,
  type ProcessMark,
} from '../../local/processes.ts';

const folderPrefix = 'scenario-push-test-';

type Record = { runner: ProcessMark; folder: string; children: ProcessMark[] };

/**
 * What one run of the tests has started, on file: a run that is killed cannot clean up, the next one does it.
 * Records are named after the user, one file per run.
 */
export class RunRecord {
  readonly folder: string;
  readonly #file: string;
  readonly #record: Record;

  constructor() {
    const records = recordsFolder();
    mkdirSync(records, { recursive: true, mode: 0o700 });
    this.#record = { runner: markOf(process.pid)!, folder: '', children: [] };
    this.folder = this.#record.folder = mkdtempSync(join(reachableTmp(), folderPrefix));
    this.#file = join(records, `${process.pid}-${this.#record.runner.startedAt.replaceAll(/\W/g, '')}.json`);
    this.#write();
  }

  /** To be called as soon as a process exists. */
  add(pid: number): void {
    const mark = markOf(pid);
    if (!mark) return;
    this.#record.children.push(mark);
    this.#write();
  }

  /** After everything was stopped. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    rmSync(this.#file, { force: true });
  }

  #write(): void {
    writeFileSync(this.#file, JSON.stringify(this.#record), { mode: 0o600 });
  }
}

/** Ends the servers of runs that are no more and removes their folders; returns how many such runs there were. */
export async function reapDeadRuns(records = recordsFolder()): Promise<number> {
  let reaped = 0;
  let names: string[];
  try {
    names = readdirSync(records);
  } catch {
    return 0;
  }
  for (const name of names) {
    const file = join(records, name);
    let record: Record;
    try {
      record = JSON.parse(readFileSync(file, 'utf8')) as Record;
    } catch {
      continue; // being written by a run that has just begun
    }
    if (isAlive(record.runner)) continue;
    const ours = record.folder.includes(folderPrefix);
    const recorded = record.children.filter((child) => /postgres|temporal/.test(commandLine(child.pid) ?? ''));
    // What test files themselves started names a folder below the run's on its command line.
    for (const mark of [...recorded, ...(ours ? processesMentioning(record.folder) : [])]) {
      await terminate(mark, [
        ['SIGQUIT', 3_000],
        ['SIGKILL', 2_000],
      ]);
    }
    if (ours) rmSync(record.folder, { recursive: true, force: true, maxRetries: 5 });
    rmSync(file, { force: true });
    reaped++;
  }
  return reaped;
}

function recordsFolder(): string {
  return join(tmpdir(), `scenario-push-test-runs-${userInfo().uid}`);
}

/** Root's PostgreSQL runs as `nobody`, who may be kept out of a TMPDIR of root's own. */
function reachableTmp(): string {
  return canReach(tmpdir(), databaseAccount()) ? tmpdir() : '/var/tmp';
}
