import dns from 'node:dns';
import net from 'node:net';
import { CodedError } from '../../domain/errors.ts';

const guarded = Symbol.for('scenario-push.networkGuard');

/**
 * Nothing in a test may leave this machine: connecting to, or looking up, anything but loopback throws at once and
 * names the host. Once per process, since core modules are shared by all test files.
 */
export function guardNetwork(): void {
  const prototype = net.Socket.prototype as unknown as { connect: (...args: unknown[]) => unknown; [guarded]?: true };
  if (prototype[guarded]) return;
  Object.defineProperty(prototype, guarded, { value: true });

  // Of net, tls, http, https, http2 and fetch alike: all connect through this method.
  const connect = prototype.connect;
  prototype.connect = function (this: unknown, ...args: unknown[]) {
    const host = hostOf(args);
    if (host !== null) refuseUnlessLoopback(host);
    return connect.apply(this, args);
  };

  for (const holder of [dns, dns.promises] as { lookup: (host: string, ...rest: unknown[]) => unknown }[]) {
    const lookup = holder.lookup;
    const guardedLookup = function (this: unknown, host: string, ...rest: unknown[]) {
      refuseUnlessLoopback(host);
      return lookup.call(this, host, ...rest);
    };
    holder.lookup = Object.assign(guardedLookup, lookup); // keeps util.promisify.custom
  }
}

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (net.isIPv4(name)) return name.startsWith('127.');
  if (net.isIPv6(name)) return name === '::1' || /^::ffff:(127\.|7f)/.test(name);
  return name === '' || name === 'localhost' || name.endsWith('.localhost');
}

function refuseUnlessLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new CodedError('E_TEST_NETWORK', `a test tried to reach "${host}"`, {
    fix: 'tests talk to loopback alone, use a helper of test/support',
  });
}

/** The host of Socket.connect's arguments in any of their forms; null for a Unix socket. */
function hostOf(args: unknown[]): string | null {
  // net.connect() hands its normalised arguments on as one array.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    const { host, path } = first as { host?: string; path?: string };
    // An https agent passes the request's path along with the host.
    return host ?? (path ? null : 'localhost');
  }
  if (typeof first === 'string' && Number.isNaN(Number(first))) return null;
  return typeof second === 'string' ? second : 'localhost';
}
