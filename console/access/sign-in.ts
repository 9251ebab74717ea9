import { SECOND } from '../../domain/durations.ts';
import { CodedError } from '../../domain/errors.ts';
import { SignInTries, tooOften } from './sign-in-tries.ts';

export interface SignInOptions {
  readonly supabaseUrl: string;
  /** Public: every app of the project has it. */
  readonly anonKey: string;
  readonly clock: () => Date;
}

const ANSWER_WITHIN = 10 * SECOND;

/** The password form's way into a Supabase project. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #tries: SignInTries;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#tries = new SignInTries(options.clock);
  }

  /**
   * An access token; null where address or password is wrong. The refresh token is not kept: a session ends with its access
   * token. Throws E_SIGN_IN where the project does not answer, and E_SIGN_IN_TOO_OFTEN.
   */
  async accessToken(email: string, password: string): Promise<string | null> {
    return this.#tries.try(email, () => this.#ask(email, password));
  }

  async #ask(email: string, password: string): Promise<string | null> {
    const { supabaseUrl, anonKey } = this.#options;
    let status: number;
    try {
      const answer = await fetch(`${supabaseUrl}/auth/v1/token?grant_type=password`, {
        method: 'POST',
        headers: { apikey: anonKey, 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      ({ status } = answer);
      const said = (await answer.json()) as { access_token?: unknown };
      if (answer.ok && typeof said.access_token === 'string') return said.access_token;
    } catch (error) {
      throw unanswered((error as Error).name);
    }
    if (status === 400 || status === 401 || status === 422) return null;
    if (status === 429) throw tooOften();
    throw unanswered(`status ${status}`);
  }
}

/** Nothing of what was typed. */
function unanswered(why: string): CodedError {
  return new CodedError('E_SIGN_IN', `the Supabase project signs nobody in (${why})`, {
    fix: 'check SUPABASE_URL, SUPABASE_ANON_KEY, and that it can be reached',
  });
}
