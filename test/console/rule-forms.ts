import { setTimeout as sleep } from 'node:timers/promises';
import type { Visitor } from '../support/console.ts';
import { consoleOnDatabase } from '../support/console.ts';
import { chapter, daysBefore, mentor, organization } from '../support/factories.ts';

export const HOSTILE = '<script>alert(1)</script>';

export const address = (scope: string, type = 'inactivity') => `/rules/edit?type=${type}&scope=${scope}`;
export const ofChapter = (id: string) => address(`chapter:${id}`);
/** What a browser would send of the form that was just opened, unless `fields` says otherwise. */
export async function submit(who: Visitor, page: string, fields: Record<string, string>) {
  const { body } = await who.get(page);
  return who.post('/rules/edit', { ...fieldsOf(body), ...fields });
}
export function fieldsOf(body: string): Record<string, string> {
  const form = /<form method="post" action="\/rules\/edit"[\s\S]*?<\/form>/.exec(body)?.[0] ?? '';
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)![1]!;
    if (/type="checkbox"/.test(tag) ? /checked/.test(tag) : name !== 'csrf')
      fields[name] = /value="([^"]*)"/.exec(tag)?.[1] ?? (/type="checkbox"/.test(tag) ? 'on' : '');
  }
  for (const [, name, options] of form.matchAll(/<select[^>]*name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g))
    fields[name!] = /value="([^"]*)"\s+selected/.exec(options!)?.[1] ?? '';
  for (const [, name, text] of form.matchAll(/<textarea[^>]*name="([^"]*)"[^>]*>\n?([\s\S]*?)<\/textarea>/g))
    fields[name!] = text!;
  return fields;
}
/** The page of a comparison, once it is done. */
export async function compared(who: Visitor, page: string, fields: Record<string, string>) {
  let answer = await submit(who, page, { ...fields, action: 'look' });
  while (answer.body.includes('data-refresh')) {
    await sleep(50);
    answer = await who.get(answer.path);
  }
  return answer;
}

/** A console, and before each test an organisation with two chapters, one more elsewhere, and who is in charge of them. */
export async function consoleWithRules() {
  const { database, console, operator, close } = await consoleOnDatabase({});
  return {
    database,
    console,
    operator,
    close,
    async foundAgain() {
      await database.pool.query(`
        truncate users cascade;
        delete from scenario_rules where organization_id is not null or chapter_id is not null;
        delete from delivery_policies where organization_id is not null or chapter_id is not null;
        delete from rule_changes`);
      const organizationId = await organization(database.db);
      const mine = await chapter(database.db, { organizationId });
      const theirs = await chapter(database.db, { organizationId });
      const elsewhere = await chapter(database.db);
      await database.pool.query('update chapters set name = $2 where id = $1', [mine, HOSTILE]);
      const as = async (chapterId: string, role: 'coordinator' | 'administrator') =>
        console.person(await mentor(database.db, { chapterId, role }));
      return {
        organizationId,
        mine,
        theirs,
        elsewhere,
        coordinator: await as(mine, 'coordinator'),
        other: await as(theirs, 'coordinator'),
        administrator: await as(mine, 'administrator'),
      };
    },
    rulesOf: async (chapterId: string) =>
      (await database.pool.query('select * from scenario_rules where chapter_id = $1', [chapterId])).rows,
    quiet: (days: number, chapterId: string) =>
      mentor(database.db, { chapterId, activities: [daysBefore(new Date(), days)] }),
  };
}
