import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { choosePort } from '../../local/ports.ts';

test('a preferred port that is taken is replaced by a free one, and that is reported', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  const chosen = await choosePort(taken);
  expect(chosen).toEqual({ port: expect.any(Number), preferred: false });
  expect(chosen.port).not.toBe(taken);
  server.close();
  await once(server, 'close');
  expect(await choosePort(taken)).toEqual({ port: taken, preferred: true });
});
