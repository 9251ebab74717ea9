import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { CodedError } from '../domain/errors.ts';
import type { PayloadKeys } from './payload-keys.ts';

const PayloadMessage = proto.temporal.api.common.v1.Payload;

/** As in Temporal's own samples, so that their tools know it: the whole payload, AES-256-GCM, id of the key beside it. */
const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
/** Random. One key is good for 2^32 payloads; a sweep of a million mentors has a few hundred. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what Temporal stores: arguments, results, heartbeats, memos, summaries, queries' answers. The newest key
 * encrypts, each decrypts by its id. What is not encrypted passes, so that a signal in plain JSON and a history from
 * before the keys are read. Without keys nothing is encrypted, and what was says which key is missing.
 *
 * Throws E_PAYLOAD_KEY_UNKNOWN, and E_PAYLOAD_UNREADABLE where key or bytes are not those that it was encrypted with.
 */
export class AesPayloadCodec implements PayloadCodec {
  readonly #keys: PayloadKeys;

  constructor(keys: PayloadKeys) {
    this.#keys = keys;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const [newest] = this.#keys;
    return newest
      ? payloads.map((payload) => (isEncrypted(payload) ? payload : encrypt(payload, ...newest)))
      : payloads;
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload) : payload));
  }

  #decrypt({ metadata, data }: Payload): Payload {
    const id = Buffer.from(metadata?.['encryption-key-id'] ?? []).toString();
    const key = this.#keys.get(id);
    if (!key) throw unknownKey(id, this.#keys);
    try {
      const bytes = Buffer.from(data ?? []);
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return PayloadMessage.decode(
        Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]),
      );
    } catch (cause) {
      throw new CodedError(
        'E_PAYLOAD_UNREADABLE',
        `a payload says that key "${id}" encrypted it, and that key does not open it`,
        { fix: 'look for another key under this id, or a damaged history', cause },
      );
    }
  }
}

function encrypt(payload: Payload, id: string, key: Buffer): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  const hidden = Buffer.concat([cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(id) },
    data: Buffer.concat([nonce, hidden, cipher.getAuthTag()]),
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.['encoding'] ?? []).toString() === ENCODING;
}

function unknownKey(id: string, keys: PayloadKeys): CodedError {
  const known =
    keys.size > 0
      ? `the keys here are ${[...keys.keys()].map((key) => `"${key}"`).join(', ')}`
      : 'there are no keys here';
  return new CodedError('E_PAYLOAD_KEY_UNKNOWN', `a payload was encrypted with key "${id}", and ${known}`, {
    fix: 'add that key after the newest in PAYLOAD_KEYS or PAYLOAD_KEYS_FILE, and keep it until no history holds it',
  });
}
