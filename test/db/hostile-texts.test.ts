import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { evaluateAndDispatch } from '../../activities/evaluate-and-dispatch.ts';
import { chapter, daysBefore, device, mentor, rule } from '../support/factories.ts';
import { startService, type TestService } from '../support/service.ts';

const asOf = new Date('2026-11-20T09:00:00Z');
let service: TestService;
beforeAll(async () => {
  service = await startService(asOf);
  // As an older rule may have it, or a table that was restored without its triggers.
  await sql`alter table scenario_rules disable trigger scenario_rules_sound_texts`.execute(service.db);
});
afterAll(() => service.stop());

/** What a person, or somebody who is after something, may have typed into any field. */
const HOSTILE = [
  "O'Hara; drop table users; --",
  '"}]}\'',
  '\\',
  '\\x41\\u0041',
  '$1 $$ $tag$',
  '%s %41 %',
  '{days} {nobody} {__proto__} {',
  '🐤👩‍👩‍👧‍👦',
  '\u202eabc\u202c',
  '‏עברית',
  '\r\n\t\u0001',
  '<script>alert(1)</script>',
  '{"nb":null}',
  'null',
  '-infinity',
  '__proto__',
  'x'.repeat(400),
  'é'.normalize('NFD'),
];
const cut = (text: string, most: number) => Array.from(text).slice(0, most).join('');
/** Unique, and never empty. */
const asToken = (text: string, i: number) => `${text}-${i}`;

describe.each(HOSTILE.map((text, i) => [JSON.stringify(cut(text, 30)), text, i] as const))('%s', (_, text, i) => {
  test('as name, certificate, locale, token and wording is sent as it stands, and changes nothing else', async () => {
    const { db, deps, emulator } = service;
    const chapterId = await chapter(db);
    await db.updateTable('chapters').set({ name: text }).where('id', '=', chapterId).execute();
    const id = await mentor(db, { chapterId, locale: 'nb', devices: [] });
    const { token } = await device(db, id, { token: asToken(text, i) });
    await db
      .insertInto('certifications')
      .values({ user_id: id, certification_type: text, expires_on: daysBefore(asOf, -5) })
      .execute();
    const [title, body] = [cut(text, 100), `${cut(text, 450)} {certification}`];
    await rule(db, {
      scenarioType: 'certification_expiry',
      chapterId,
      parameters: { messages: { nb: { title, body: cut(body, 500) } } },
    });

    const sent = await evaluateAndDispatch(id, 'certification_expiry', { asOf }, deps);
    expect(sent.status).toBe('sent');
    const [post] = (await emulator.ledger()).filter((entry) => entry.token === token);
    const fill = (template: string) => template.replaceAll('{certification}', () => text);
    if (/[{]/.test(text)) {
      // What no placeholder is opened for cannot be formatted: nobody is missed for it.
      expect(post).toMatchObject({ title: 'Et sertifikat utløper snart', token });
      expect(post!.body!).toBe(
        `${text} utløper om 5 dager, 25. november 2026. Ta kontakt med koordinatoren din om fornyelse.`,
      );
    } else {
      expect(post).toMatchObject({ title: title.trim() === '' ? expect.any(String) : title, token });
      expect(post!.body!.slice(0, 200)).toBe(fill(body).slice(0, 200));
    }
    expect(Array.from(post!.body!).length).toBeLessThanOrEqual(500);
  });

  test('as locale falls back, and as timezone leaves the mentor out unless PostgreSQL knows it', async () => {
    const { db, deps } = service;
    const odd = await mentor(db, { locale: text });
    expect((await evaluateAndDispatch(odd, 'inactivity', { asOf }, deps)).status).toBe('sent');
    const chapterId = await chapter(db, { timezone: text });
    const nowhere = await mentor(db, { chapterId });
    // PostgreSQL takes what has letters and a number for a zone in POSIX's manner: then it is one.
    const { rows } = await sql<{ known: boolean }>`select scenario_push.is_timezone(${text}) as known`.execute(db);
    expect((await evaluateAndDispatch(nowhere, 'inactivity', { asOf }, deps)).status).toBe(
      rows[0]!.known ? 'sent' : 'not_due',
    );
  });
});

test('NUL and half a surrogate pair cannot be stored, and the database says so', async () => {
  const { db } = service;
  await expect(db.insertInto('organizations').values({ name: 'a\0b' }).execute()).rejects.toMatchObject({
    code: '22021',
  });
  await expect(
    rule(db, { scenarioType: 'welcome_back', parameters: { messages: { nb: { title: '\ud800', body: 'x' } } } }),
  ).rejects.toMatchObject({ code: /^22/ });
});
