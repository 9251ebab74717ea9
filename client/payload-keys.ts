import { readFileSync } from 'node:fs';
import { CodedError } from '../domain/errors.ts';

/** Names a key in each payload that it encrypted. */
export type KeyId = string;

/** 32 bytes each, the newest first: that one encrypts, each decrypts. Empty: payloads are not encrypted. */
export type PayloadKeys = ReadonlyMap<KeyId, Buffer>;

type Environment = Readonly<Record<string, string | undefined>>;

const KEY_BYTES = 32;
const ENTRY = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

/**
 * The keys of PAYLOAD_KEYS, or of the file that PAYLOAD_KEYS_FILE names: entries `id:base64 of 32 bytes`, a space or a
 * line apart, the newest first; a line that begins with # is a comment. Neither set: none.
 *
 * Throws E_PAYLOAD_KEYS with every fault. No part of a key is repeated.
 */
export function readPayloadKeys(env: Environment): PayloadKeys {
  const { PAYLOAD_KEYS: text, PAYLOAD_KEYS_FILE: file } = env;
  if (text && file) throw fault(['PAYLOAD_KEYS and PAYLOAD_KEYS_FILE are both set; set one']);
  if (!text && !file) return new Map();
  const name = file ? 'PAYLOAD_KEYS_FILE' : 'PAYLOAD_KEYS';
  const entries = (file ? readKeysFile(file) : text!)
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/\s+/))
    .filter(Boolean);
  const keys = new Map<KeyId, Buffer>();
  const faults = entries.length === 0 ? [`${name}: expected one key at least, there is none`] : [];
  entries.forEach((entry, i) => {
    const [, id, base64] = ENTRY.exec(entry) ?? [];
    const key = Buffer.from(base64 ?? '', 'base64');
    if (id === undefined || key.length !== KEY_BYTES) {
      faults.push(
        `${name}, entry ${i + 1}: expected id:base64 of ${KEY_BYTES} bytes, as "openssl rand -base64 ${KEY_BYTES}" prints it`,
      );
    } else if (keys.has(id)) {
      faults.push(`${name}, entry ${i + 1}: the id "${id}" is there twice`);
    } else {
      keys.set(id, key);
    }
  });
  if (faults.length > 0) throw fault(faults);
  return keys;
}

function readKeysFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fault([`PAYLOAD_KEYS_FILE: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
}

function fault(faults: readonly string[]): CodedError {
  return new CodedError(
    'E_PAYLOAD_KEYS',
    `payloads cannot be encrypted as configured:\n${faults.map((each) => `  - ${each}`).join('\n')}`,
  );
}
