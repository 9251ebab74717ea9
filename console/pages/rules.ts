import { html } from 'hono/html';
import { Hono } from 'hono';
import { listPolicies } from '../../db/delivery-policies.ts';
import { ruleScopes } from '../../db/rule-scopes.ts';
import { listRules, rulesInForce } from '../../db/rules.ts';
import { asReader } from '../as-reader.ts';
import type { ConsoleEnv } from '../env.ts';
import { notFound } from '../failure-pages.ts';
import { page } from '../layout.ts';
import type { ConsoleServices } from '../services.ts';
import { changeRule } from './rules/change.ts';
import { editPage } from './rules/edit-page.ts';
import { overview } from './rules/overview.ts';
import { policies } from './rules/policies.ts';
import { previewPage } from './rules/preview-page.ts';
import { RulePreviews } from './rules/previews.ts';
import { readPlace } from './rules/read.ts';

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
      return previewPage(c, job, place);
    })
    .post('/rules/previews/:id/give-up', (c) => {
      const job = previews.find(c.req.param('id'), c.get('reader')) ?? notFound();
      previews.giveUp(job);
      return c.redirect(`/rules/previews/${job.id}`, 303);
    });
}
