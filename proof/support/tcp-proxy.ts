import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** PostgreSQL's ReadyForQuery: the server has done all that it was asked. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

/**
 * A wire to one server on this machine that can be cut, taken away, slowed down, and made to swallow the answer to a
 * statement that was carried out. To be closed.
 */
export class TcpProxy {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isAway = false;
  #losing: { readonly statement: RegExp; readonly lost: () => void } | null = null;
  #delayMs = 0;

  /** @param target `host:port` */
  static async start(target: string): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    return new TcpProxy(server, target);
  }

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.address = `127.0.0.1:${this.port}`;
    const { hostname, port } = new URL(`http://${target}`);
    server.on('connection', (client) => {
      if (this.#isAway) client.destroy();
      else this.#carry(client, createConnection({ host: hostname, port: Number(port) }));
    });
  }

  /** Cuts every connection, and lets new ones through; returns how many there were. */
  cut(): number {
    const cut = this.#sockets.size / 2;
    for (const socket of this.#sockets) socket.destroy();
    return Math.ceil(cut);
  }

  /** Cuts every connection and refuses new ones, until {@link bringBack}. */
  takeAway(): void {
    this.#isAway = true;
    this.cut();
  }

  bringBack(): void {
    this.#isAway = false;
  }

  /** PostgreSQL carries out the next statement that matches, and its answer never arrives. Resolves when that has happened. */
  loseAnswerTo(statement: RegExp): Promise<void> {
    return new Promise((lost) => (this.#losing = { statement, lost }));
  }

  /** Milliseconds on top of each answer; 0 = none. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** No more faults. */
  calm(): void {
    this.#isAway = false;
    this.#losing = null;
    this.#delayMs = 0;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => void this.#server.close(done));
  }

  #carry(client: Socket, upstream: Socket): void {
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
      if (this.#losing?.statement.test(chunk.toString('latin1'))) {
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
