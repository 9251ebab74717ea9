import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { SECOND } from '../../domain/durations.ts';
import { CodedError } from '../../domain/errors.ts';
import type { Person } from '../reader.ts';

export interface PersonTokensOptions {
  /** The secret of a project that signs with HS256. Null: such tokens are refused. */
  readonly secret: string | null;
  /** The project's address: its JWKS is fetched. Null: tokens signed with a private key are refused. */
  readonly supabaseUrl: string | null;
  readonly clock: () => Date;
}

/** A person and when their token ends. */
export interface SignedIn {
  readonly person: Person;
  readonly expiresAt: Date;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ASYMMETRIC = ['RS256', 'ES256', 'EdDSA'];
const ANSWER_WITHIN = 5 * SECOND;

/** Access tokens of a Supabase project. */
export class PersonTokens {
  readonly #options: PersonTokensOptions;
  readonly #secret: Uint8Array | null;
  readonly #keys: ReturnType<typeof createRemoteJWKSet> | null;

  constructor(options: PersonTokensOptions) {
    const { secret, supabaseUrl } = options;
    this.#options = options;
    this.#secret = secret === null ? null : new TextEncoder().encode(secret);
    this.#keys =
      supabaseUrl === null
        ? null
        : createRemoteJWKSet(new URL(`${supabaseUrl}/auth/v1/.well-known/jwks.json`), {
            timeoutDuration: ANSWER_WITHIN,
          });
  }

  /**
   * Whose token it is; null where it is forged, has expired, or is not a signed-in person's. Throws E_SIGN_IN where the
   * project's keys cannot be fetched.
   */
  async verify(token: string): Promise<SignedIn | null> {
    try {
      return whose(await this.#payload(token));
    } catch (error) {
      if (isOfTheToken(error)) return null;
      throw new CodedError(
        'E_SIGN_IN',
        `the keys of the Supabase project cannot be read (${(error as Error).message})`,
        {
          fix: 'check SUPABASE_URL and that it can be reached',
        },
      );
    }
  }

  async #payload(token: string): Promise<JWTPayload | null> {
    const options = {
      audience: 'authenticated',
      requiredClaims: ['exp', 'sub', 'role'],
      currentDate: this.#options.clock(),
    };
    // A token does not choose how it is looked at: each key has its own kinds of signatures.
    const isSymmetric = decodeProtectedHeader(token).alg === 'HS256';
    if (isSymmetric && this.#secret)
      return (await jwtVerify(token, this.#secret, { ...options, algorithms: ['HS256'] })).payload;
    if (!isSymmetric && this.#keys)
      return (await jwtVerify(token, this.#keys, { ...options, algorithms: ASYMMETRIC })).payload;
    return null;
  }
}

function whose(payload: JWTPayload | null): SignedIn | null {
  if (!payload || payload['role'] !== 'authenticated' || !UUID.test(payload.sub ?? '')) return null;
  const { email } = payload;
  return {
    person: {
      kind: 'person',
      id: payload.sub!.toLowerCase(),
      email: typeof email === 'string' && email !== '' ? email : null,
      claims: payload,
    },
    expiresAt: new Date(payload.exp! * SECOND),
  };
}

/** And not of the keys: what those say of themselves, and what the network does, is no fault of whoever asks. */
function isOfTheToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return (
    (error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC') ||
    // What is no token at all.
    (error instanceof TypeError && /Token|JWT/.test(error.message))
  );
}
