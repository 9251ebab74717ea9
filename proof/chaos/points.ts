import { appendFileSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { pid, kill } from 'node:process';
import type { ArmedPoint, Point, WorkerSettings } from './settings.ts';

/** A line of `points.jsonl`: a point that was reached, written before the signal. */
export interface FiredPoint {
  readonly id: string;
  readonly pid: number;
}

export const firedFile = (folder: string): string => join(folder, 'points.jsonl');

/** The worker's side: counts how often each point is passed and strikes where one is armed. */
export class Points {
  readonly #settings: Pick<WorkerSettings, 'folder' | 'points'>;
  readonly #passed = new Map<Point, number>();

  constructor(settings: Pick<WorkerSettings, 'folder' | 'points'>) {
    this.#settings = settings;
  }

  /** Whether the next pass will strike, for points that have to be prepared. */
  isArmed(point: Point): boolean {
    return this.#settings.points.some((armed) => armed.point === point);
  }

  /** Returns at once, or after the process has been continued, or never. */
  pass(point: Point): void {
    const passed = this.#passed.get(point) ?? 0;
    this.#passed.set(point, passed + 1);
    const armed = this.#settings.points.find((each) => each.point === point && each.skip <= passed && this.#take(each));
    if (!armed) return;
    const line: FiredPoint = { id: armed.id, pid };
    appendFileSync(firedFile(this.#settings.folder), `${JSON.stringify(line)}\n`);
    kill(pid, armed.action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    // Nothing of this process may go on before the signal has done its work.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, armed.action === 'kill' ? 10_000 : 20);
  }

  /** One worker gets it: the file can be made once. */
  #take({ id }: ArmedPoint): boolean {
    try {
      closeSync(openSync(join(this.#settings.folder, `fired-${id}`), 'wx'));
      return true;
    } catch {
      return false;
    }
  }
}
