import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLeaks } from '../support/find-leaks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createFolder } from '../support/folder.ts';
import { runInProcess } from '../support/in-process.ts';
import { fromSetup } from '../support/server-address.ts';

const secret = (what: string) => `hemmelig-${what}-${randomBytes(12).toString('hex')}`;
const password = secret('passord');
const apiKey = secret('api');
const file = secret('fil');
const folder = createFolder();
const privateKey = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
  folder.remove();
});

function path(name: string, content: string): string {
  const whole = join(folder.path, name);
  writeFileSync(whole, content);
  return whole;
}

const NOBODY = '127.0.0.1:1';
const account = { type: 'service_account', project_id: 'x', client_email: 'a@example.org', private_key: privateKey };
const withPassword = (url: string) => `postgres://u:${password}@${url}`;

/** Answers at once, and does nothing: a namespace that is not there. */
const strangers = () => ({ TEMPORAL_ADDRESS: fromSetup('TEST_TEMPORAL_ADDRESS'), TEMPORAL_NAMESPACE: 'nobody' });

/** Every way to hold a secret, and to hold it wrong. */
const ENVIRONMENTS: Record<string, () => NodeJS.ProcessEnv> = {
  'no Temporal server listens': () => ({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: NOBODY,
    TEMPORAL_API_KEY: apiKey,
    TEMPORAL_TLS: 'false',
  }),
  'no database listens': () => ({
    DATABASE_URL: withPassword(`${NOBODY}/db`),
    ...strangers(),
    TEMPORAL_API_KEY: apiKey,
    TEMPORAL_TLS: 'false',
  }),
  'the password is wrong': () => {
    const url = new URL(database.url);
    return {
      DATABASE_URL: withPassword(`${url.host}${url.pathname}`),
      TEMPORAL_ADDRESS: fromSetup('TEST_TEMPORAL_ADDRESS'),
      TEMPORAL_API_KEY: `${apiKey}\n`,
    };
  },
  'there is no such database': () => ({
    DATABASE_URL: withPassword(`${new URL(database.url).host}/nobody`),
    ...strangers(),
  }),
  'the URL is broken by the password': () => ({
    DATABASE_URL: `postgres://u:${password}/%zz@host:port/db`,
    TEMPORAL_ADDRESS: 'x:y:z',
  }),
  'the password has @ and # and is not encoded': () => ({
    DATABASE_URL: `postgres://u:${file}@${password}#${apiKey}@${NOBODY}/db`,
    ...strangers(),
  }),
  'the password is a parameter of the URL': () => ({
    DATABASE_URL: `postgres://${NOBODY}/db?password=${password}&sslmode=${password}`,
    ...strangers(),
    TEMPORAL_TLS_CLIENT_KEY_DATA: apiKey,
    TEMPORAL_TLS_CLIENT_CERT_DATA: apiKey,
  }),
  'Temporal’s file is broken by the key': () => ({
    DATABASE_URL: database.url,
    TEMPORAL_CONFIG_FILE: path('temporal.toml', `[profile.default]\napi_key = "${apiKey}\naddress = 3\n`),
  }),
  'Temporal’s file has the key where it does not belong': () => ({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: NOBODY,
    TEMPORAL_CONFIG_FILE: path('temporal2.toml', `[profile.default]\napi_key = ["${apiKey}"]\ntls = "${apiKey}"\n`),
  }),
  'credentials are no JSON': () => ({
    DATABASE_URL: database.url,
    ...strangers(),
    GOOGLE_APPLICATION_CREDENTIALS: path('a.json', `${file} {`),
  }),
  'credentials have a broken private key': () => ({
    DATABASE_URL: database.url,
    ...strangers(),
    GOOGLE_APPLICATION_CREDENTIALS: path('b.json', JSON.stringify({ ...account, private_key: file })),
  }),
  'credentials of somebody nobody knows': () => ({
    DATABASE_URL: database.url,
    ...strangers(),
    GOOGLE_APPLICATION_CREDENTIALS: path('c.json', JSON.stringify(account)),
  }),
  'keys of payloads are broken': () => ({
    DATABASE_URL: database.url,
    ...strangers(),
    PAYLOAD_KEYS: `a:${file}`,
    CODEC_SERVER_TOKEN: apiKey,
  }),
  'keys of payloads are broken in a file': () => ({
    DATABASE_URL: database.url,
    ...strangers(),
    PAYLOAD_KEYS_FILE: path('keys', `${file}:${file}`),
    CODEC_SERVER_TOKEN: apiKey,
  }),
};

const COMMANDS: readonly (readonly string[])[] = [
  ['doctor', '--json'],
  ['doctor'],
  ['migrate', 'status'],
  ['migrate', 'up'],
  ['preview', '--json'],
  ['runs'],
  ['held', 'list'],
  ['explain', '--mentor', randomUUID()],
  ['notify', '--mentor', randomUUID()],
  ['schedules', 'list'],
  ['schedules', 'apply'],
  ['sweep'],
  ['codec-server', '--port', '1'],
  ['worker'],
];
/** Each waits ten seconds for a server. */
const FEW_COMMANDS = [
  ['doctor', '--json'],
  ['schedules', 'list'],
];

describe.each(Object.keys(ENVIRONMENTS))('when %s', (name) => {
  test('no command prints a secret, or a stack, and every failure opens with its code', async () => {
    const env: NodeJS.ProcessEnv = { ...ENVIRONMENTS[name]!(), HOME: folder.path, NO_COLOR: '1' };
    const frames = privateKey.split('\n').filter((line) => line.length > 40);
    for (const args of env['TEMPORAL_ADDRESS'] === NOBODY ? FEW_COMMANDS : COMMANDS) {
      // A worker that may start is not wanted here, and takes the process's one Runtime.
      if (args[0] === 'worker' && env['GOOGLE_APPLICATION_CREDENTIALS'] === undefined) continue;
      const { code, out, error } = await runInProcess(args, env);
      const where = `${args.join(' ')} when ${name}`;
      const text = out + error;
      expect({ where, leaks: findLeaks([password, apiKey, file, ...frames], [{ name: where, text }]) }).toEqual({
        where,
        leaks: [],
      });
      expect({ where, stack: /^\s+at .*[:(]\d+/m.test(text) ? text : '' }).toEqual({ where, stack: '' });
      if (code !== 0 && args[0] !== 'doctor')
        expect({ where, error }).toEqual({ where, error: expect.stringMatching(/^E_[A-Z_]+: /m) });
    }
  }, 300_000);
});
