import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { asCoded } from '../answers/failure.ts';
import type { ConsoleContext } from './env.ts';
import { page } from './layout.ts';
import { withoutIds } from './logged-path.ts';
import type { Reader } from './reader.ts';
import type { ConsoleServices } from './services.ts';
import type { Words } from './words/en.ts';

type Failure = Exclude<keyof Words['frame']['failures'], 'back' | 'code' | 'tooLarge' | 'notKnown'>;

/** By the code of docs/errors.md: which page, and its status. With any other, what the reader asked for is at fault. */
const FAILURES: Readonly<Record<string, readonly [Failure, ContentfulStatusCode]>> = {
  E_DATABASE: ['database', 503],
  E_TEMPORAL: ['temporal', 503],
  E_TEMPORAL_REFUSED: ['refused', 502],
  E_SIGN_IN: ['signInService', 503],
  E_SIGN_IN_TOO_OFTEN: ['signInTooOften', 429],
  E_NO_SWEEP: ['refused', 404],
  E_SWEEP_OVER: ['refused', 409],
  E_WHICH_SWEEP: ['refused', 409],
};

/** An answer that is lost does not say that nothing was done. */
const OF_A_SERVER: ReadonlySet<Failure> = new Set(['database', 'temporal']);

/** Ends a request with the one page for what is not there, and for what the reader may not see. */
export function notFound(): never {
  throw new HTTPException(404);
}

/** A page for whatever was thrown, with the right status; what nobody foresaw is logged. */
export async function failurePage(c: ConsoleContext, error: unknown, { log }: ConsoleServices): Promise<Response> {
  if (error instanceof HTTPException) {
    if (error.status === 404) return notFoundPage(c);
    return failed(c, 'refused', error.status as ContentfulStatusCode, null);
  }
  const { code, message } = asCoded(error);
  const [failure, status] =
    FAILURES[code] ?? (code === 'E_UNEXPECTED' ? (['unexpected', 500] as const) : (['refused', 400] as const));
  if (status >= 500) log.error({ code, err: error, path: withoutIds(c.req.path) }, 'a page failed');
  return failed(c, failure, status, { code, message });
}

export async function notFoundPage(c: ConsoleContext): Promise<Response> {
  return failed(c, 'notFound', 404, null);
}

export async function forbiddenFormPage(c: ConsoleContext): Promise<Response> {
  return failed(c, 'forbiddenForm', 403, null);
}

export async function tooLargePage(c: ConsoleContext, limit: string): Promise<Response> {
  const { title, text } = c.get('words').frame.failures.tooLarge;
  return page(c, { title, status: 413 }, html`<p>${text(limit)}</p>`);
}

/** What exactly failed may name hosts and roles: that is for the operator. */
async function failed(
  c: ConsoleContext,
  failure: Failure,
  status: ContentfulStatusCode,
  error: { readonly code: string; readonly message: string } | null,
): Promise<Response> {
  const { back, code: label, notKnown, ...failures } = c.get('words').frame.failures;
  const { title, text } = failures[failure];
  const reader = c.get('reader') as Reader | undefined;
  return page(
    c,
    { title, status },
    html`<p>${c.req.method === 'POST' && OF_A_SERVER.has(failure) ? notKnown : text}</p>
      ${error && (reader?.kind === 'operator' ? html`<pre>${error.message}</pre>` : html`<p class="hint">${label}: ${error.code}</p>`)}
      <p><a href="/">${back}</a></p>`,
  );
}
