import { html } from 'hono/html';
import { Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import { listPolicies } from '../../db/delivery-policies.ts';
import { ruleScopes } from '../../db/rule-scopes.ts';
import { listRules, rulesInForce } from '../../db/rules.ts';
import { asReader } from '../as-reader.ts';
import type { ConsoleEnv } from '../env.ts';
import { notFound } from '../failure-pages.ts';
import { form, page } from '../layout.ts';
import { TIMEZONE_COOKIE } from '../reader-clock.ts';
import type { ConsoleServices } from '../services.ts';
import { changeRule } from './rules/change.ts';
import { hidden } from './rules/controls.ts';
import { editPage } from './rules/edit-page.ts';
import { overview } from './rules/overview.ts';
import { policies } from './rules/policies.ts';
import { LOOK_AGAIN_AFTER, previewRegion } from './rules/preview-page.ts';
import { RulePreviews } from './rules/previews.ts';
import { readPlace } from './rules/read.ts';
import { ruleForm } from './rules/rule-form-page.ts';
import { editAddress, scopeTitle } from './rules/scope.ts';

/** What is in force where, a form for a rule, and what a rule would change before it is saved. */
export function rulesPages(services: ConsoleServices): Hono<ConsoleEnv> {
  const previews = new RulePreviews(services);
  const { db } = services;
  return new Hono<ConsoleEnv>()
    .get('/rules', async (c) => {
      const reader = c.get('reader');
      const found = await asReader(db, reader, async (tx) => ({
        scopes: await ruleScopes(tx, reader.kind === 'operator'),
        rules: await listRules(tx),
        inForce: await rulesInForce(tx),
        policies: await listPolicies(tx),
      }));
      if (found.scopes.length === 0) notFound();
      const words = c.get('words');
      return page(
        c,
        { title: words.frame.pages.rules, current: 'rules' },
        html`<p>${words.rules.lead}</p>
          ${overview(c, found)} ${policies(c, found.scopes, found.policies)}`,
      );
    })
    .get('/rules/edit', async (c) => {
      const place = await readPlace(db, c.get('reader'), c.req.query('type'), c.req.query('scope'));
      const done = (['saved', 'deleted'] as const).find((kind) => c.req.query(kind) !== undefined);
      return editPage(c, { place, values: null, notice: done ? { kind: done } : null });
    })
    .post('/rules/edit', (c) => changeRule(c, services, previews))
    .get('/rules/previews/:id', async (c) => {
      const job = previews.find(c.req.param('id'), c.get('reader')) ?? notFound();
      const place = await readPlace(db, c.get('reader'), job.values['type'], job.values['scope']);
      const words = c.get('words');
      const { type, scope, wider } = place;
      const { id = '', version = '' } = job.values;
      const widerTitle = wider && scopeTitle(wider.scope, words);
      // A browser that runs the script asks by itself, and keeps what is being typed.
      if (job.state === 'running' && !getCookie(c, TIMEZONE_COOKIE)) c.header('refresh', String(LOOK_AGAIN_AFTER));
      return page(
        c,
        { title: `${words.frame.scenarios[type]}: ${scopeTitle(scope, words)}`, current: 'rules' },
        html`<p><a href="${editAddress(type, scope)}">${words.frame.pages.rules}</a></p>
          ${previewRegion(c, job)}
          ${
            job.deletes
              ? form(
                  c,
                  '/rules/edit',
                  html`${hidden({ type, scope: job.values['scope'] ?? '', id, version, operator: job.values['operator'] ?? '' })}
                    <p class="hint">${widerTitle !== null && words.rules.removeHint(widerTitle)}</p>
                    <p class="actions">
                      <button class="danger" name="action" value="delete">${words.rules.removeNow}</button>
                    </p>`,
                )
              : ruleForm(c, {
                  type,
                  scope,
                  stored: id && version ? { id, version } : null,
                  values: job.values,
                  faults: {},
                  wider: widerTitle,
                })
          }`,
      );
    })
    .post('/rules/previews/:id/give-up', (c) => {
      const job = previews.find(c.req.param('id'), c.get('reader')) ?? notFound();
      previews.giveUp(job);
      return c.redirect(`/rules/previews/${job.id}`, 303);
    });
}
