import { randomBytes } from 'node:crypto';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { isSameSecret } from '../../domain/same-secret.ts';
import type { ConsoleContext } from '../env.ts';
import { operatorSession, type Access } from './access.ts';
import type { SignedIn } from './person-tokens.ts';

const OPERATOR = 'console_operator';
const PERSON = 'console_person';
/** Of somebody who has not said who they are: their form to sign in has a token as well. */
const VISITOR = 'console_visitor';

export type Session =
  | { readonly kind: 'operator'; readonly value: string }
  | { readonly kind: 'person'; readonly value: string }
  | { readonly kind: 'visitor'; readonly value: string };

/** What the request's cookies say, or its bearer token; nothing of it is verified for a person. */
export function sessionOf(c: ConsoleContext, access: Access): Session {
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (bearer !== undefined) return { kind: 'person', value: bearer };
  const operator = getCookie(c, OPERATOR);
  if (operator !== undefined && isSameSecret(operator, operatorSession(access)))
    return { kind: 'operator', value: operator };
  const person = getCookie(c, PERSON);
  return person === undefined ? visitor(c, access) : { kind: 'person', value: person };
}

export function visitor(c: ConsoleContext, access: Access): Session {
  const known = getCookie(c, VISITOR);
  if (known !== undefined) return { kind: 'visitor', value: known };
  const value = randomBytes(32).toString('base64url');
  setCookie(c, VISITOR, value, options(access));
  return { kind: 'visitor', value };
}

export function beginOperator(c: ConsoleContext, access: Access): void {
  endSession(c, access);
  setCookie(c, OPERATOR, operatorSession(access), options(access));
}

/** It ends with the token. */
export function beginPerson(c: ConsoleContext, access: Access, token: string, { expiresAt }: SignedIn): void {
  endSession(c, access);
  setCookie(c, PERSON, token, { ...options(access), expires: expiresAt });
}

export function endSession(c: ConsoleContext, access: Access): void {
  for (const name of [OPERATOR, PERSON, VISITOR]) deleteCookie(c, name, options(access));
}

function options({ secure }: Access) {
  return { path: '/', httpOnly: true, sameSite: 'Strict', secure } as const;
}
