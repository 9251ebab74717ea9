import type { MiddlewareHandler } from 'hono';
import { isSameSecret } from '../../domain/same-secret.ts';
import type { ConsoleEnv } from '../env.ts';
import { forbiddenFormPage } from '../failure-pages.ts';

/** Refuses a form that no page of this reader's sent, before anything of it is read. */
export function formGuard(): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    // A browser says where a form was sent from; others say nothing.
    const site = c.req.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return forbiddenFormPage(c);
    const { csrf } = await c.req.parseBody();
    if (typeof csrf !== 'string' || !isSameSecret(csrf, c.get('csrf'))) return forbiddenFormPage(c);
    return next();
  };
}
