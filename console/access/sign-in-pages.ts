import { html } from 'hono/html';
import { Hono } from 'hono';
import { isSameSecret } from '../../domain/same-secret.ts';
import type { ConsoleContext, ConsoleEnv } from '../env.ts';
import { field, form, page, type Html } from '../layout.ts';
import type { ConsoleServices } from '../services.ts';
import type { Access } from './access.ts';
import { beginOperator, beginPerson, endSession } from './sessions.ts';

/** Why somebody is asked who they are. Null: they have not said so yet. */
type Why = 'refused' | 'expired' | 'wrongAddress' | 'wrongToken' | null;

const FOR_PERSONS = '/sign-in';
const FOR_OPERATOR = '/sign-in/operator';

/** Whoever is nobody may send these. */
export const SIGN_IN_FORMS: ReadonlySet<string> = new Set([FOR_PERSONS, FOR_OPERATOR]);

/** Asks who it is; with status 401, whatever was asked for. */
export async function signInPage(c: ConsoleContext, access: Access, why: Why): Promise<Response> {
  const words = c.get('words').frame.signIn;
  c.header('www-authenticate', 'Bearer');
  return page(
    c,
    { title: words.title, status: 401 },
    html`${why && html`<p class="notice" role="alert">${words[why]}</p>`}
    ${
      access.signIn &&
      html`<p>${words.lead}</p>
        ${form(
          c,
          FOR_PERSONS,
          html`${field({ name: 'email', label: words.email, type: 'email', required: true, autocomplete: 'username' })}
            ${field({ name: 'password', label: words.password, type: 'password', required: true, autocomplete: 'current-password' })}
            <button>${words.submit}</button>`,
        )}`
    }
    ${access.secure ? operatorForm(c) : html`<p class="hint">${words.operator}</p>`}`,
  );
}

function operatorForm(c: ConsoleContext): Html {
  const words = c.get('words').frame.signIn;
  return html`<h2>${words.forOperators}</h2>
    ${form(
      c,
      FOR_OPERATOR,
      html`${field({ name: 'token', label: words.token, type: 'password', required: true, autocomplete: 'current-password' })}
        <button>${words.submit}</button>`,
    )}`;
}

/** To sign in and out. A form's token has been looked at before. */
export function signInPages(access: Access, { log }: ConsoleServices): Hono<ConsoleEnv> {
  return new Hono<ConsoleEnv>()
    .post(FOR_PERSONS, async (c) => {
      const { email, password } = await c.req.parseBody();
      if (!access.signIn || !access.persons || typeof email !== 'string' || typeof password !== 'string')
        return signInPage(c, access, null);
      const token = await access.signIn.accessToken(email, password);
      const signedIn = token === null ? null : await access.persons.verify(token);
      if (token === null || !signedIn) {
        if (token !== null) log.warn({}, 'the Supabase project issued a token that this console does not accept');
        return signInPage(c, access, 'refused');
      }
      beginPerson(c, access, token, signedIn);
      return c.redirect('/', 303);
    })
    .post(FOR_OPERATOR, async (c) => {
      const { token } = await c.req.parseBody();
      if (typeof token !== 'string' || !isSameSecret(token, access.operatorToken))
        return signInPage(c, access, 'wrongToken');
      beginOperator(c, access);
      return c.redirect('/', 303);
    })
    .post('/sign-out', (c) => {
      endSession(c, access);
      return c.redirect('/', 303);
    });
}
