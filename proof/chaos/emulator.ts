import { join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../local/fcm-emulator/answers.ts';
import type { FaultRates } from '../../local/fcm-emulator/faults.ts';
import { startFcmEmulatorProcess, type FcmEmulatorProcess } from '../../local/fcm-emulator/process.ts';
import type { Children } from './children.ts';

/** The push service of one run: its ledger and its faults outlive its process. */
export class Emulator {
  readonly ledgerFile: string;
  readonly #options: {
    readonly folder: string;
    readonly latencyMs: number;
    readonly seed: number;
    readonly rates: FaultRates;
    readonly children: Children;
  };
  #process: FcmEmulatorProcess;

  static async start(options: Emulator['options']): Promise<Emulator> {
    const emulator = new Emulator(options, await launch(options));
    await emulator.#setFaults();
    return emulator;
  }

  private constructor(options: Emulator['options'], process: FcmEmulatorProcess) {
    this.#options = options;
    this.#process = process;
    this.ledgerFile = ledgerOf(options.folder);
  }

  get options() {
    return this.#options;
  }

  get address(): string {
    return this.#process.address;
  }

  async script(token: string, ...answers: Answer[]): Promise<void> {
    await put(this.address, 'scripts', { token, answers });
  }

  async killAndRestart(downMs: number): Promise<void> {
    kill(this.#process.pid, 'SIGKILL');
    await this.#process.exited;
    await sleep(downMs);
    this.#process = await launch(this.#options, Number(this.address.split(':')[1]));
    await this.#setFaults();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async #setFaults(): Promise<void> {
    await put(this.address, 'faults', { seed: this.#options.seed, rates: this.#options.rates });
  }
}

const ledgerOf = (folder: string): string => join(folder, 'ledger.jsonl');

function launch({ folder, latencyMs, children }: Emulator['options'], port?: number): Promise<FcmEmulatorProcess> {
  return startFcmEmulatorProcess({
    ledgerFile: ledgerOf(folder),
    logFile: join(folder, 'emulator.log'),
    latencyMs,
    onSpawn: children.add,
    ...(port && { port }),
  });
}

async function put(address: string, what: 'scripts' | 'faults', body: unknown): Promise<void> {
  const answer = await fetch(`http://${address}/emulator/${what}`, { method: 'PUT', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the emulator refused ${what}: ${await answer.text()}`);
}
