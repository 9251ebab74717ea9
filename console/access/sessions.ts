import { randomBytes } from 'node:crypto';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { DAY, SECOND } from '../../domain/durations.ts';
import type { ConsoleContext } from '../env.ts';
import { isOperatorSession, OPERATOR_SESSION, operatorSession, type Access } from './access.ts';
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
  const operator = getCookie(c, OPERATOR, prefixOf(access));
  if (operator !== undefined && isOperatorSession(access, operator)) return { kind: 'operator', value: operator };
  const person = getCookie(c, PERSON, prefixOf(access));
  return person === undefined ? visitor(c, access) : { kind: 'person', value: person };
}

export function visitor(c: ConsoleContext, access: Access): Session {
  const known = getCookie(c, VISITOR, prefixOf(access));
  return known === undefined ? newVisitor(c, access) : { kind: 'visitor', value: known };
}

/** After a session has ended, whose cookies are gone with it. */
export function newVisitor(c: ConsoleContext, access: Access): Session {
  const value = randomBytes(32).toString('base64url');
  setCookie(c, VISITOR, value, options(access));
  return { kind: 'visitor', value };
}

export function beginOperator(c: ConsoleContext, access: Access): void {
  endSession(c, access);
  setCookie(c, OPERATOR, operatorSession(access), { ...options(access), maxAge: OPERATOR_SESSION / SECOND });
}

/** What browsers keep a cookie for at most; Hono throws beyond it. */
const LONGEST = 400 * DAY;

/** It ends with the token. */
export function beginPerson(c: ConsoleContext, access: Access, token: string, { expiresAt }: SignedIn): void {
  endSession(c, access);
  const left = Math.min(expiresAt.getTime() - access.clock().getTime(), LONGEST);
  setCookie(c, PERSON, token, { ...options(access), maxAge: Math.max(Math.floor(left / SECOND), 0) });
}

export function endSession(c: ConsoleContext, access: Access): void {
  for (const name of [OPERATOR, PERSON, VISITOR]) deleteCookie(c, name, options(access));
}

function options(access: Access) {
  const prefix = prefixOf(access);
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: access.secure,
    ...(prefix && { prefix }),
  } as const;
}

/** Browsers take a cookie of such a name from this host alone, and from none beside it under the same domain. */
function prefixOf({ secure }: Access): 'host' | undefined {
  return secure ? 'host' : undefined;
}
