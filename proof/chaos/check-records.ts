import type { AnswerName } from '../../local/fcm-emulator/answers.ts';
import { isAbout } from './check-changes.ts';
import { nameOf, type Report, type World } from './checked-facts.ts';
import type { Claim, Due, Facts } from './facts.ts';

/** A no after which a device is not tried again. */
const FINAL: readonly AnswerName[] = ['unregistered', 'gone', 'invalid_argument', 'sender_mismatch'];

export function recordsAgree(facts: Facts, world: World, deliveries: ReadonlySet<string>, report: Report): void {
  const due = new Set(facts.due.map(nameOf));
  for (const [name, records] of Map.groupBy(facts.records, nameOf)) {
    if (records.length > 1) report('several records of one notification', name);
    // Who was active again may be due for something else.
    const isDueSince = world.changesOf.has(records[0]!.user_id) && world.dueAfterwards.has(name);
    if (!due.has(name) && !isDueSince) report('told without being due', name);
  }
  for (const record of facts.records) {
    const who = `${record.idempotency_key.slice(0, 12)} ${nameOf(record)}`;
    const claim: Claim | undefined = world.live.get(record.idempotency_key);
    if (!claim) report('record without a claim', who);
    else if (claim.state !== (record.delivery_status === 'sent' ? 'sent' : 'held'))
      report('record and claim differ', `${who} ${claim.state}`);
    if (record.delivery_status === 'sent' && !deliveries.has(record.idempotency_key))
      report('recorded as sent, never delivered', who);
  }
  for (const key of deliveries) {
    if (!world.recordOf.has(key)) report('delivered without a record', key.slice(0, 12));
  }
}

export function whoIsMissing(facts: Facts, world: World, deliveries: ReadonlySet<string>, report: Report) {
  const recorded = new Set(
    facts.records.filter((r) => r.delivery_status === 'unknown' || deliveries.has(r.idempotency_key)).map(nameOf),
  );
  const keysOf = Map.groupBy(facts.claims, nameOf);
  let [refused, withdrawn, missed] = [0, 0, 0];
  for (const due of facts.due) {
    const name = nameOf(due);
    if (recorded.has(name)) continue;
    const posts = (keysOf.get(name) ?? []).flatMap((claim) => world.postsOf.get(claim.idempotency_key) ?? []);
    const usable = (world.devicesOf.get(due.user_id) ?? []).filter((device) => !device.invalidated);
    const refusedBy = new Set(
      posts.filter((post) => FINAL.includes(post.answer)).map((post) => world.tokens.get(post.token)?.device_id),
    );
    if (usable.every((device) => refusedBy.has(device.id))) {
      refused++;
      continue;
    }
    if (isNoLongerDue(due, world)) {
      withdrawn++;
      continue;
    }
    missed++;
    report(
      'missed',
      `${name} ${JSON.stringify((keysOf.get(name) ?? []).map(({ state, batch_key }) => ({ state, batch_key })))}`,
    );
  }
  return { refused, withdrawn, missed };
}

/** The change was really committed: by the facts as they are in the end, nothing is due any more. */
function isNoLongerDue(due: Due, world: World): boolean {
  const changes = world.changesOf.get(due.user_id) ?? [];
  return changes.some((change) => isAbout(change, due.scenario_type)) && !world.dueAfterwards.has(nameOf(due));
}
