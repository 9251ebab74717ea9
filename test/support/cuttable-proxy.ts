import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { mustClose } from './leaks.ts';

export interface CuttableProxy {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Breaks what is open and refuses what comes, until {@link mend}. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** A TCP proxy to `host:port` on this machine, to take a server away from one process alone. */
export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const closed = mustClose('proxy (call stop() in afterAll)');
  const { hostname, port } = new URL(`http://${target}`);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((incoming) => {
    if (isCut) return void incoming.destroy();
    const outgoing = connect(Number(port), hostname);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    stop: async () => {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
      closed();
    },
  };
}
