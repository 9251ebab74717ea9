import type { MiddlewareHandler } from 'hono';
import { isSameSecret } from '../../domain/same-secret.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import type { ConsoleServices } from '../services.ts';
import { noticesFor } from '../notices.ts';
import { setReaderClock } from '../reader-timezone.ts';
import { formToken, type Access } from './access.ts';
import { SIGN_IN_FORMS, signInPage } from './sign-in-pages.ts';
import { beginOperator, endSession, newVisitor, sessionOf, visitor, type Session } from './sessions.ts';

/** Finds out who asks. Whoever is nobody gets the page that asks them. */
export function readers(services: ConsoleServices, access: Access): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    // An address is kept by every proxy's log: beyond this machine the token comes in a form.
    const given = c.req.method === 'GET' && !access.secure ? c.req.query('token') : undefined;
    if (given !== undefined) return openWithToken(c, access, given);
    const session = sessionOf(c, access);
    const known = await recognise(c, access, session);
    c.set('csrf', formToken(access, (known ? session : asVisitor(c, access, session)).value));
    await setReaderClock(c, services);
    if (known) {
      c.set('notices', () => noticesFor(services, c.get('reader')));
      return next();
    }
    if (SIGN_IN_FORMS.has(c.req.path) && c.req.method === 'POST') return next();
    return signInPage(c, access, session.kind === 'person' ? 'expired' : null);
  };
}

async function recognise(c: ConsoleContext, access: Access, { kind, value }: Session): Promise<boolean> {
  if (kind === 'operator') {
    c.set('reader', { kind: 'operator' });
    return true;
  }
  const signedIn = kind === 'person' ? await access.persons?.verify(value) : null;
  if (!signedIn) return false;
  c.set('reader', signedIn.person);
  return true;
}

/** A session that is over must not be presented again and again. */
function asVisitor(c: ConsoleContext, access: Access, session: Session): Session {
  if (session.kind === 'visitor') return session;
  endSession(c, access);
  return newVisitor(c, access);
}

/** The token leaves the address: it would stay in the browser's history. */
async function openWithToken(c: ConsoleContext, access: Access, given: string): Promise<Response> {
  if (isSameSecret(given, access.operatorToken)) {
    beginOperator(c, access);
    const { pathname, searchParams } = new URL(c.req.url);
    searchParams.delete('token');
    const query = searchParams.toString();
    return c.redirect(localPath(`${pathname}${query && `?${query}`}`), 303);
  }
  c.set('csrf', formToken(access, visitor(c, access).value));
  return signInPage(c, access, 'wrongAddress');
}

/** A path of this console; anything else is the first page. A browser reads `//host` and `/\host` as another machine. */
export function localPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(path) ? path : '/';
}
