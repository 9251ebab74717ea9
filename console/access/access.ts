import { createHmac } from 'node:crypto';
import type { PersonTokens } from './person-tokens.ts';
import type { SignIn } from './sign-in.ts';

/** Who may look, and how they show who they are. */
export interface Access {
  /** Secret: whoever opens an address with it is the operator. */
  readonly operatorToken: string;
  /** Null: nobody but the operator can look. */
  readonly persons: PersonTokens | null;
  /** Null: there is no form, and persons come with a bearer token. */
  readonly signIn: SignIn | null;
  /** Whether cookies travel over https alone. */
  readonly secure: boolean;
}

/** What the operator's cookie holds: it follows from the token and does not lead back to it. */
export function operatorSession({ operatorToken }: Access): string {
  return derive(operatorToken, 'session of the operator');
}

/** What a form of this session carries. */
export function formToken({ operatorToken }: Access, session: string): string {
  return derive(derive(operatorToken, 'tokens of forms'), session);
}

function derive(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(purpose).digest('base64url');
}
