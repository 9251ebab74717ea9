import dns from 'node:dns';
import { request } from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { expect, test } from '@jest/globals';
import { isLoopback } from '../support/network-guard.ts';

const refusal = 'E_TEST_NETWORK: a test tried to reach "fcm.googleapis.com"';

test.each<[string, () => unknown]>([
  ['net.connect', () => net.connect(443, 'fcm.googleapis.com')],
  ['net.connect with options', () => net.connect({ port: 443, host: 'fcm.googleapis.com' })],
  ['a socket', () => new net.Socket().connect({ port: 443, host: 'fcm.googleapis.com' })],
  ['tls.connect', () => tls.connect({ port: 443, host: 'fcm.googleapis.com' })],
  ['https', () => request('https://fcm.googleapis.com/v1')],
  ['dns.lookup', () => dns.lookup('fcm.googleapis.com', () => {})],
  ['dns.promises.lookup', () => dns.promises.lookup('fcm.googleapis.com')],
])('%s to another machine is refused and the host is named', (_, connect) => {
  expect(connect).toThrow(refusal);
});

test('fetch from another machine is refused and the host is named', async () => {
  await expect(fetch('https://fcm.googleapis.com/v1')).rejects.toMatchObject({
    cause: { message: expect.stringContaining(refusal) },
  });
});

test('an address of another machine is refused as well', () => {
  expect(() => net.connect(80, '192.0.2.1')).toThrow('192.0.2.1');
});

test('loopback is let through in every spelling, its lookalikes are not', () => {
  for (const host of [
    '127.0.0.1',
    '127.255.0.9',
    'localhost',
    'LOCALHOST',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    'db.localhost',
  ]) {
    expect([host, isLoopback(host)]).toEqual([host, true]);
  }
  for (const host of ['128.0.0.1', '127.0.0.1.example.org', 'localhost.example.org', '::2', '0.0.0.0', '10.0.0.1']) {
    expect([host, isLoopback(host)]).toEqual([host, false]);
  }
});

test('a connection on loopback works', async () => {
  const server = net.createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await new Promise((up) => server.once('listening', up));
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const text = await new Promise((done) => socket.once('data', (chunk) => done(chunk.toString())));
  expect(text).toBe('hello');
  await new Promise((down) => server.close(down));
});
