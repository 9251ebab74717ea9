import { readFileSync } from 'node:fs';
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { setCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import type { Access } from './access/access.ts';
import { formGuard } from './access/form-guard.ts';
import { localPath, readers } from './access/readers.ts';
import { signInPages } from './access/sign-in-pages.ts';
import type { ConsoleEnv } from './env.ts';
import { failurePage, notFoundPage, tooLargePage } from './failure-pages.ts';
import { isLanguage, languageOf, LANGUAGE_COOKIE, wordsOf } from './language.ts';
import { withoutIds } from './logged-path.ts';
import { sweepsPages } from './pages/sweeps.ts';
import { chaptersPages } from './pages/chapters.ts';
import { heldPages } from './pages/held.ts';
import { mentorsPages } from './pages/mentors.ts';
import { rulesPages } from './pages/rules.ts';
import { effectPages } from './pages/effect.ts';
import { todayPages } from './pages/today.ts';
import { ReaderClock } from './reader-clock.ts';
import type { ConsoleServices } from './services.ts';

/** A rule has three languages of texts and 16 KiB of parameters; decisions name a few hundred keys. */
const MOST_BYTES = 256 << 10;
const A_YEAR = 365 * 24 * 60 * 60;

/** All pages, and what stands before them: headers, language, size, who it is, and the token of forms. */
export function createConsole(services: ConsoleServices, access: Access): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  app.use(headers(access), log(services));
  for (const [path, file, type] of ASSETS) app.get(path, asset(file, type));
  app.get('/healthz', (c) => c.text('ok\n'));
  app.use(async (c, next) => {
    const language = languageOf(c);
    c.set('language', language);
    c.set('words', wordsOf(language));
    c.set('when', new ReaderClock('UTC', language));
    c.set('csrf', '');
    c.set('notices', async () => ({ halt: null }));
    c.header('vary', 'Cookie, Accept-Language');
    await next();
  });
  app.get('/language/:language', (c) => {
    const language = c.req.param('language');
    if (isLanguage(language)) {
      setCookie(c, LANGUAGE_COOKIE, language, { path: '/', maxAge: A_YEAR, sameSite: 'Strict', secure: access.secure });
    }
    return c.redirect(localPath(c.req.query('back')), 303);
  });
  app.use(bodyLimit({ maxSize: MOST_BYTES, onError: (c) => tooLargePage(c, `${MOST_BYTES >> 10} KiB`) }));
  app.use(readers(services, access), formGuard());
  app.route('/', signInPages(access, services));
  app.route('/', todayPages(services));
  app.route('/', mentorsPages(services));
  app.route('/', chaptersPages(services));
  app.route('/', heldPages(services));
  app.route('/', effectPages(services));
  app.route('/', sweepsPages(services));
  app.route('/', rulesPages(services));
  app.notFound((c) => notFoundPage(c));
  app.onError((error, c) => failurePage(c, error, services));
  return app;
}

/** Nothing but this origin's own files, and no script or style within a page. */
function headers({ secure }: Access): MiddlewareHandler {
  const self = ["'self'"];
  const none = ["'none'"];
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: none,
      scriptSrc: self,
      styleSrc: self,
      imgSrc: self,
      connectSrc: self,
      formAction: self,
      frameAncestors: none,
      baseUri: none,
    },
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    strictTransportSecurity: secure ? 'max-age=31536000' : false,
    permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
  });
}

/** A line for each page: the query is left out, for it may hold a token. What is a person's is kept nowhere on the way. */
function log({ log: lines }: ConsoleServices): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    const began = performance.now();
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
    const ms = Math.round(performance.now() - began);
    lines.info({ method: c.req.method, path: withoutIds(c.req.path), status: c.res.status, ms }, 'answered');
  };
}

const ASSETS = [
  ['/style.css', 'style.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
  ['/enhance.js', 'enhance.js', 'text/javascript; charset=utf-8'],
] as const;

function asset(file: string, type: string): MiddlewareHandler {
  const content = readFileSync(new URL(`./browser/${file}`, import.meta.url), 'utf8');
  return async (c) => c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' });
}
