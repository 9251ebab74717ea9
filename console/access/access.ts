import { createHmac } from 'node:crypto';
import { HOUR } from '../../domain/durations.ts';
import { isSameSecret } from '../../domain/same-secret.ts';
import type { PersonTokens } from './person-tokens.ts';
import type { SignIn } from './sign-in.ts';

/** Who may look, and how they show who they are. */
export interface Access {
  /** Secret: whoever has it is the operator. */
  readonly operatorToken: string;
  /** Null: nobody but the operator can look. */
  readonly persons: PersonTokens | null;
  /** Null: there is no form, and persons come with a bearer token. */
  readonly signIn: SignIn | null;
  /** Whether others reach it, by https: cookies travel over that alone, and the operator's token in no address. */
  readonly secure: boolean;
  readonly clock: () => Date;
}

/** As long as somebody who looks after it is at work. */
export const OPERATOR_SESSION = 12 * HOUR;

/** What the operator's cookie holds: it follows from the token and does not lead back to it. */
export function operatorSession(access: Access): string {
  return sessionBegunAt(access, String(access.clock().getTime()));
}

export function isOperatorSession(access: Access, value: string): boolean {
  const begun = value.slice(0, Math.max(value.indexOf('.'), 0));
  const isOurs = isSameSecret(value, sessionBegunAt(access, begun));
  return isOurs && access.clock().getTime() - Number(begun) < OPERATOR_SESSION;
}

function sessionBegunAt({ operatorToken }: Access, begun: string): string {
  return `${begun}.${derive(operatorToken, `session of the operator ${begun}`)}`;
}

/** What a form of this session carries. */
export function formToken({ operatorToken }: Access, session: string): string {
  return derive(derive(operatorToken, 'tokens of forms'), session);
}

function derive(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(purpose).digest('base64url');
}
