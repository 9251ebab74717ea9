import { HOUR } from '../../domain/durations.ts';
import { chapter, daysBefore } from '../support/factories.ts';
import { after, asOf, dueMentor, openGate, pass, service } from './dispatching.ts';

/** In Oslo, where `asOf` is at 10:00. */
export const NOON = after(2 * HOUR);
export const TO_COME = ['12:00', '20:00'] as const;

export async function setHours(chapterId: string, [from, until]: readonly [string, string]): Promise<void> {
  await service.pool.query(
    `insert into delivery_policies (chapter_id, send_from, send_until) values ($1, $2, $3)
     on conflict (organization_id, chapter_id) do update set send_from = excluded.send_from, send_until = excluded.send_until`,
    [chapterId, from, until],
  );
}

/** A mentor who is due, in a chapter of their own with these hours. */
export async function dueWith(hours: readonly [string, string], answers: Parameters<typeof dueMentor>[0] = []) {
  const chapterId = await chapter(service.db);
  await setHours(chapterId, hours);
  return { chapterId, ...(await dueMentor(answers, { chapterId, activities: [daysBefore(asOf, 40)] })) };
}

/** One pass at an instant, as if the push service were open again. */
export async function passAt(batch: string, at: Date) {
  service.setNow(at);
  await openGate();
  return (await pass(batch)).counts;
}

export const justBefore = (at: Date) => new Date(at.getTime() - 1);
