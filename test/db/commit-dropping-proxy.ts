import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { mustClose } from '../support/leaks.ts';

/** The database behind a wire that breaks once: the first COMMIT arrives and is done, its answer never comes back. */
export async function startCommitDroppingProxy(url: string) {
  const target = new URL(url);
  let dropped = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection({ host: target.hostname, port: Number(target.port) });
    let committing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (chunk) => {
      committing ||= dropped === 0 && /^Q[^]{4}commit\0/.test(chunk.toString('latin1'));
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!committing) return void client.write(chunk);
      // The server has answered: the transaction is committed.
      committing = false;
      dropped++;
      client.destroy();
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const closed = mustClose('proxy (call close())');
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((server.address() as AddressInfo).port);
  return {
    url: proxied.href,
    dropped: () => dropped,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => void server.close(done));
      closed();
    },
  };
}
