import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../local/fcm-emulator/answers.ts';
import type { FaultRates, Faults } from '../../local/fcm-emulator/faults.ts';
import type { FcmEmulatorProcess } from '../../local/fcm-emulator/process.ts';
import { serversIn, type Servers } from '../support/servers.ts';
import type { Children } from './children.ts';

interface EmulatorOptions {
  readonly folder: string;
  readonly latencyMs: number;
  readonly seed: number;
  readonly rates: FaultRates;
  readonly children: Children;
}

/** The push service of one run: its ledger and its faults outlive its process. */
export class Emulator {
  readonly #options: EmulatorOptions;
  readonly #servers: Servers;
  #process: FcmEmulatorProcess;

  static async start(options: EmulatorOptions): Promise<Emulator> {
    const servers = serversIn(options.folder, options.children.start);
    const emulator = new Emulator(options, servers, await servers.emulator({ latencyMs: options.latencyMs }));
    await emulator.setFaults();
    return emulator;
  }

  private constructor(options: EmulatorOptions, servers: Servers, process: FcmEmulatorProcess) {
    this.#options = options;
    this.#servers = servers;
    this.#process = process;
  }

  get address(): string {
    return this.#process.address;
  }

  get ledgerFile(): string {
    return this.#servers.ledgerFile;
  }

  async script(token: string, ...answers: Answer[]): Promise<void> {
    await put(this.address, 'scripts', { token, answers });
  }

  async killAndRestart(downMs: number): Promise<void> {
    kill(this.#process.pid, 'SIGKILL');
    await this.#process.exited;
    await sleep(downMs);
    const port = Number(this.address.split(':')[1]);
    this.#process = await this.#servers.emulator({ latencyMs: this.#options.latencyMs, port });
    await this.setFaults();
  }

  /** Other faults for a while; `rates` null: the same ones, with `more`. */
  async during(forMs: number, rates: FaultRates | null, more: Omit<Faults, 'seed' | 'rates'>): Promise<void> {
    await this.setFaults(rates ?? this.#options.rates, more);
    await sleep(forMs);
    await this.setFaults();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** Those of the run, where nothing else is given. */
  async setFaults(rates = this.#options.rates, more: Omit<Faults, 'seed' | 'rates'> = {}): Promise<void> {
    await put(this.address, 'faults', { seed: this.#options.seed, rates, ...more });
  }
}

async function put(address: string, what: 'scripts' | 'faults', body: unknown): Promise<void> {
  const answer = await fetch(`http://${address}/emulator/${what}`, { method: 'PUT', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the emulator refused ${what}: ${await answer.text()}`);
}
