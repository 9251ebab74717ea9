import { afterAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { AesPayloadCodec } from '../../client/payload-codec.ts';
import { readPayloadKeys } from '../../client/payload-keys.ts';
import { createFolder } from '../support/folder.ts';

const key = () => randomBytes(32).toString('base64');
const [autumn, spring] = [key(), key()];
const codecOf = (text: string) => new AesPayloadCodec(readPayloadKeys({ PAYLOAD_KEYS: text }));
const payload = (value: unknown) => defaultPayloadConverter.toPayload(value)!;
const folder = createFolder();
afterAll(() => folder.remove());

describe('a payload', () => {
  test('comes back as it was, and no two look alike', async () => {
    const codec = codecOf(`autumn:${autumn}`);
    const values = [{ userId: '6f1c2d3e' }, 'tekst æøå', null, [], undefined, 17];
    const originals = values.map(payload);
    const [first, second] = [await codec.encode(originals), await codec.encode(originals)];
    expect((await codec.decode(first)).map((each) => defaultPayloadConverter.fromPayload(each))).toEqual(values);
    expect(first.map((each) => Buffer.from(each.data!).toString('hex'))).not.toEqual(
      second.map((each) => Buffer.from(each.data!).toString('hex')),
    );
    expect(Buffer.from(first[0]!.data!).includes('6f1c2d3e')).toBe(false);
  });

  test('in plain JSON is read, also where there are keys', async () => {
    expect(await codecOf(`autumn:${autumn}`).decode([payload(8)])).toEqual([payload(8)]);
  });

  test('stays in plain JSON where there are no keys', async () => {
    expect(await codecOf('').encode([payload(8)])).toEqual([payload(8)]);
  });

  test('is not encrypted twice by a client that asked the codec server before', async () => {
    const codec = codecOf(`autumn:${autumn}`);
    const once = await codec.encode([payload(8)]);
    expect(await codec.encode(once)).toEqual(once);
  });

  test('is encrypted by the newest key, and one from before the rotation is read by the older', async () => {
    const before = await codecOf(`spring:${spring}`).encode([payload('old')]);
    const rotated = codecOf(`autumn:${autumn} spring:${spring}`);
    const [fresh] = await rotated.encode([payload('new')]);
    expect(Buffer.from(fresh!.metadata!['encryption-key-id']!).toString()).toBe('autumn');
    expect(
      (await rotated.decode([...before, fresh!])).map((each) => defaultPayloadConverter.fromPayload(each)),
    ).toEqual(['old', 'new']);
  });

  test('of a key that is not here names the key, those that are, and what to do', async () => {
    const encrypted = await codecOf(`spring:${spring}`).encode([payload('old')]);
    await expect(codecOf(`autumn:${autumn}`).decode(encrypted)).rejects.toThrow(
      /^E_PAYLOAD_KEY_UNKNOWN: .*"spring".*the keys here are "autumn"; add that key.*PAYLOAD_KEYS/,
    );
    await expect(codecOf('').decode(encrypted)).rejects.toThrow(/there are no keys here; add that key/);
  });

  test('that was changed, cut short, or encrypted with another key of that id is refused', async () => {
    const [encrypted] = await codecOf(`autumn:${autumn}`).encode([payload('x')]);
    const changed = Uint8Array.from(encrypted!.data!, (byte, i) => (i === 14 ? byte ^ 1 : byte));
    for (const data of [changed, encrypted!.data!.slice(0, -1), encrypted!.data!.slice(0, 10), new Uint8Array()]) {
      await expect(codecOf(`autumn:${autumn}`).decode([{ ...encrypted, data }])).rejects.toThrow(
        /^E_PAYLOAD_UNREADABLE: .*"autumn"/,
      );
    }
    await expect(codecOf(`autumn:${spring}`).decode([encrypted!])).rejects.toThrow(/E_PAYLOAD_UNREADABLE/);
  });
});

describe('keys', () => {
  test('come from a file as well, with comments, the newest first', () => {
    const file = join(folder.path, 'keys');
    writeFileSync(file, `# rotated in autumn\r\nautumn:${autumn}\r\n\r\n  spring:${spring}\n`);
    expect([...readPayloadKeys({ PAYLOAD_KEYS_FILE: file }).keys()]).toEqual(['autumn', 'spring']);
  });

  test.each([
    ['with a key of 31 bytes', `a:${randomBytes(31).toString('base64')}`, /entry 1: expected id:base64 of 32 bytes/],
    ['with a key of 33 bytes', `a:${randomBytes(33).toString('base64')}`, /entry 1: expected id:base64 of 32 bytes/],
    ['without an id', autumn, /entry 1: expected id:base64/],
    ['with an id twice', `a:${autumn} a:${spring}`, /entry 2: the id "a" is there twice/],
    ['of blanks', '  ', /expected one key at least/],
  ])('%s are refused, and no part of one is repeated', (_, text, message) => {
    let told = '';
    try {
      readPayloadKeys({ PAYLOAD_KEYS: text });
    } catch (error) {
      told = (error as Error).message;
    }
    expect(told).toMatch(/^E_PAYLOAD_KEYS: /);
    expect(told).toMatch(message);
    for (const part of text.split(/[\s:]/).filter((each) => each.length > 8))
      expect(told).not.toContain(part.slice(0, 8));
  });

  test('of a file that is not there, or of two places at once, are refused', () => {
    expect(() => readPayloadKeys({ PAYLOAD_KEYS_FILE: '/no/such/file' })).toThrow(
      /E_PAYLOAD_KEYS.*[^]*\/no\/such\/file cannot be read \(ENOENT\)/,
    );
    expect(() => readPayloadKeys({ PAYLOAD_KEYS_FILE: '/x', PAYLOAD_KEYS: 'y' })).toThrow(/both set/);
  });
});
