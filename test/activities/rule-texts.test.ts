import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { recordsOf } from '../db/claiming.ts';
import { chapter, rule } from '../support/factories.ts';
import { claim, dueMentor, linesOf, pass, postsTo, service, setUpDispatching, WARN } from './dispatching.ts';

setUpDispatching();

const texts = (body: string) => ({
  messages: Object.fromEntries(['nb', 'nn', 'en'].map((locale) => [locale, { title: 'Hei', body }])),
});

describe('a rule’s own text', () => {
  test('is formatted for each reader', async () => {
    const chapterId = await chapter(service.db);
    const parameters = { messages: texts('{days, plural, one {#!} other {#}} {days, number}').messages };
    await rule(service.db, { scenarioType: 'inactivity', chapterId, parameters });
    const [nb, en] = [
      await dueMentor([], { chapterId, locale: 'nb-NO', activities: ['2024-02-24'] }),
      await dueMentor([], { chapterId, locale: 'en', activities: ['2024-02-24'] }),
    ];
    await pass(await claim());
    expect((await postsTo(nb.token))[0]!.body!.replaceAll(/\s/g, ' ')).toBe('1 000 1 000');
    expect((await postsTo(en.token))[0]!.body).toBe('1,000 1,000');
  });

  test('that cannot be formatted gives way to the built-in one, is logged once and without a word of it, and nobody is missed', async () => {
    const chapterId = await chapter(service.db);
    await sql`alter table scenario_rules disable trigger scenario_rules_sound_texts`.execute(service.db);
    await rule(service.db, { scenarioType: 'inactivity', chapterId, parameters: texts('open {days wide') });
    await sql`alter table scenario_rules enable trigger scenario_rules_sound_texts`.execute(service.db);
    const mentors = [await dueMentor([], { chapterId }), await dueMentor([], { chapterId })];
    expect((await pass(await claim())).counts).toMatchObject({ sent: 2, failed: 0, open: 0 });
    for (const { id, token } of mentors) {
      expect((await postsTo(token))[0]).toMatchObject({ title: 'Det er en stund siden sist' });
      expect(await recordsOf(service.db, id)).toHaveLength(1);
    }
    expect(linesOf(WARN)).toMatchObject([
      {
        scenario_type: 'inactivity',
        locale: 'nb',
        fault: 'body: MALFORMED_ARGUMENT',
        msg: "a rule's own text cannot be formatted: the text of this build is sent instead",
      },
    ]);
    expect(JSON.stringify(service.log)).not.toContain('wide');
  });
});

describe('a rule’s link', () => {
  test('goes out with its notifications, to browsers where it is https', async () => {
    for (const [link, webLink] of [
      ['https://example.org/activities', 'https://example.org/activities'],
      ['myapp://activities', undefined],
    ] as const) {
      const chapterId = await chapter(service.db);
      await rule(service.db, { scenarioType: 'inactivity', chapterId, parameters: { link } });
      const { token } = await dueMentor([], { chapterId });
      await pass(await claim());
      const [post] = await postsTo(token);
      expect(post).toMatchObject({ link, analytics_label: 'inactivity', answer: 'accepted' });
      expect(post!.web_link).toBe(webLink);
      await service.pool.query('truncate scenario_claims, evaluation_batches cascade');
    }
  });

  test('that the database has never judged is left out, and the notification is sent', async () => {
    const chapterId = await chapter(service.db);
    await sql`alter table scenario_rules disable trigger scenario_rules_sound_texts`.execute(service.db);
    await rule(service.db, { scenarioType: 'inactivity', chapterId, parameters: { link: 'javascript:alert(1)' } });
    await sql`alter table scenario_rules enable trigger scenario_rules_sound_texts`.execute(service.db);
    const { token } = await dueMentor([], { chapterId });
    await pass(await claim());
    const [post] = await postsTo(token);
    expect(post).toMatchObject({ answer: 'accepted' });
    expect(post).not.toHaveProperty('link');
  });
});
