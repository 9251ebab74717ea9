import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

/** Which answer to lose, and what its statement contains. */
export const LOSABLE = {
  commit: /\bcommit\b/i,
  begin: /insert into delivery_attempts/,
  learn: /update delivery_attempts a\s+set outcome = l\.outcome/,
  settle: /insert into scenario_notifications/,
} as const;
export type Losable = keyof typeof LOSABLE;

/** ReadyForQuery: the server has done all that it was asked. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

/** A wire to PostgreSQL that can be cut, slowed down, and made to swallow the answer to a statement that was carried out. */
export class PostgresProxy {
  readonly port: number;
  readonly #server;
  readonly #sockets = new Set<Socket>();
  #losing: { readonly what: Losable; readonly lost: () => void } | null = null;
  #delayMs = 0;

  static async start(targetPort: number): Promise<PostgresProxy> {
    const server = createServer();
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    return new PostgresProxy(server, targetPort);
  }

  private constructor(server: ReturnType<typeof createServer>, targetPort: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#carry(client, targetPort));
  }

  /** The next statement of the kind is carried out, and its answer never arrives. Resolves when that has happened. */
  loseAnswerTo(what: Losable): Promise<void> {
    return new Promise((lost) => (this.#losing = { what, lost }));
  }

  /** Cuts every connection; returns how many there were. */
  cut(): number {
    const cut = this.#sockets.size / 2;
    for (const socket of this.#sockets) socket.destroy();
    return Math.ceil(cut);
  }

  /** Milliseconds on top of each answer; 0 = none. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** No more faults. */
  calm(): void {
    this.#losing = null;
    this.#delayMs = 0;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => void this.#server.close(done));
  }

  #carry(client: Socket, targetPort: number): void {
    const upstream = createConnection({ host: '127.0.0.1', port: targetPort });
    let losing: (() => void) | null = null;
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (this.#losing && LOSABLE[this.#losing.what].test(chunk.toString('latin1'))) {
        losing = this.#losing.lost;
        this.#losing = null;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (losing) {
        if (!chunk.includes(READY)) return;
        losing();
        losing = null;
        client.destroy();
      } else if (this.#delayMs > 0) {
        setTimeout(() => client.write(chunk), this.#delayMs);
      } else {
        client.write(chunk);
      }
    });
  }
}
