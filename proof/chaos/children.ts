import { kill } from 'node:process';
import { isAlive, markOf, type ProcessMark } from '../../local/processes.ts';
import type { Start } from '../support/servers.ts';

/** Every process that the harness has started, by its mark: all of them are gone when it ends, however it ends. */
export class Children {
  readonly #marks: ProcessMark[] = [];

  readonly add = (pid: number): void => {
    const mark = markOf(pid);
    if (mark) this.#marks.push(mark);
  };

  readonly start: Start = (_name, begin) => begin(this.add);

  /** PostgreSQL takes its own children along on SIGQUIT alone. */
  endAll(signal: 'SIGQUIT' | 'SIGKILL'): void {
    for (const mark of this.#marks.filter(isAlive)) {
      for (const each of ['SIGCONT', signal] as const) {
        try {
          kill(mark.pid, each);
        } catch {
          // ended in this very moment
        }
      }
    }
  }
}
