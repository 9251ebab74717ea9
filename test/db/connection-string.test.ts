import { describe, expect, test } from '@jest/globals';
import { createPool } from '../../db/connect.ts';
import { connectionStringFault } from '../../db/connection-string.ts';
import { readConfig, readDatabaseUrl } from '../../worker/config.ts';

const form = 'expected postgres://user:password@host:port/database';
const encode = `${form}, with / ? # and @ in its parts written as %2F %3F %23 and %40`;

describe('is a connection string', () => {
  test.each([
    'postgres://u:p@host/db',
    'postgresql://u:p@host:5432/db?sslmode=require',
    'postgres://u:p%40ss%23w@host/db',
    // The last @ of what stands before the first / is the one before the host.
    'postgres://u:p@ss@host/db',
    'postgres://u:p:w@host/db',
    'postgres://u@[::1]:5432/db',
    'postgres:///db?host=/var/run/postgresql',
    'POSTGRES://u:p@host/db',
  ])('%s', (text) => {
    expect(connectionStringFault(text)).toBeNull();
  });
});

describe('is none, and is not repeated', () => {
  test.each([
    ['postgres://u:p@hush#hash@host/db', encode],
    ['postgres://u:p@hush/hash@host/db', encode],
    ['postgres://u:p@hush?hash@host/db', encode],
    ['postgres://u:12#hush@host/db', encode],
    ['postgres://u:12/hush@host/db', encode],
    ['postgres://u:p@hush\n#hash@host/db', encode],
    ['postgres://host/db?password=hush#hash', encode],
    ['postgres:///u:hush@host/db', encode],
    ['postgres:u:hush@host/db', form],
    ['postgres:/u:hush@host/db', form],
    ['postgres://u:hush@host:port/db', form],
    ['postgres://u:hush@/db', form],
    ['mysql://u:hush@host/db', form],
    ['host=h password=hush', form],
    ['/tmp hush', form],
  ])('%s', (text, expected) => {
    expect(connectionStringFault(text)).toBe(expected);
    for (const read of [
      () => readDatabaseUrl({ DATABASE_URL: text }),
      () => readConfig({ DATABASE_URL: text }),
      () => createPool({ url: text }),
    ]) {
      expect(read).toThrow(expected);
      expect(read).not.toThrow(/hush|hash/);
    }
  });
});
