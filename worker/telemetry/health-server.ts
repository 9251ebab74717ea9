import { createServer, type ServerResponse } from 'node:http';
import type { Worker } from '@temporalio/worker';
import { CodedError } from '../../domain/errors.ts';
import { isAlive, type Examine, type Parts } from './examine.ts';

export interface HealthServer {
  /** From when there is a worker to speak of. */
  attach(worker: Worker, examine: Examine): void;
  close(): Promise<void>;
}

const NOTHING_YET: Parts = { worker: false, database: false, temporal: false };

/**
 * `/healthz`: 200 while the process is worth keeping, 503 once its worker has failed: start another.
 * `/readyz`: 200 while worker, database and Temporal work, else 503; the body says which do.
 *
 * Throws E_LISTEN.
 */
export async function serveHealth(address: string): Promise<HealthServer> {
  let attached: { readonly worker: Worker; readonly examine: Examine } | null = null;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/healthz')
      return answer(response, !attached || isAlive(attached.worker), {
        worker: attached?.worker.getState() ?? 'STARTING',
      });
    if (path !== '/readyz') return void response.writeHead(404).end();
    const parts = attached ? attached.examine() : Promise.resolve(NOTHING_YET);
    void parts.then((found) => answer(response, Object.values(found).every(Boolean), found));
  });
  const { hostname, port } = new URL(`http://${address}`);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen('HEALTH_ADDRESS', address, error)));
    server.listen(Number(port || 80), hostname.replace(/^\[|\]$/g, ''), resolve);
  });
  return {
    attach: (worker, examine) => {
      attached = { worker, examine };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function cannotListen(variable: string, address: string, cause: unknown): CodedError {
  return new CodedError('E_LISTEN', `${variable}: cannot listen on ${address} (${(cause as Error).message})`, {
    fix: 'choose another address',
    cause,
  });
}

function answer(response: ServerResponse, ok: boolean, body: object): void {
  response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
