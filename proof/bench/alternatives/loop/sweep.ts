import type { PushSender } from '../../../../push/push-sender.ts';
import { record, send } from '../kit/deliver.ts';
import { evaluateMentor } from '../kit/evaluate-mentor.ts';
import { mentorsAfter, readRules, type Mentor, type Queries } from '../kit/mentor.ts';

const PAGE = 500;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * One mentor after the other: evaluate, send, record. What has a record is not sent again, so that the whole can be
 * started again; what was sent when the process ended and had no record yet is sent a second time.
 */
export async function sweepByLoop(db: Queries, push: PushSender, asOf: Date): Promise<void> {
  const rules = await readRules(db);
  let page: Mentor[] = [];
  do {
    page = await mentorsAfter(db, asOf, page.at(-1)?.id ?? FIRST, PAGE);
    for (const mentor of page) {
      for (const notification of await evaluateMentor(db, asOf, mentor, rules)) {
        await record(db, notification, await send(push, notification));
      }
    }
  } while (page.length === PAGE);
}
