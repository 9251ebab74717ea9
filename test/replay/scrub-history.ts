/** Whose process and machine it was; stack traces hold paths of that machine. */
const WHOSE = new Set(['identity', 'stackTrace']);

/** A history, as `temporal workflow show --output json` prints it, with nothing in it about the machine that made it. */
export function scrub(history: string): string {
  // Sticky task queues are named after the worker's identity as well.
  const identities = new Set([...history.matchAll(/"identity":\s*"([^"]+)"/g)].map(([, identity]) => identity!));
  const anonymous = [...identities].reduce((json, identity) => json.replaceAll(identity, 'worker'), history);
  const clean = JSON.parse(anonymous, (key, value: unknown) =>
    WHOSE.has(key) && typeof value === 'string' ? undefined : value,
  );
  return `${JSON.stringify(clean, null, 1)}\n`;
}
