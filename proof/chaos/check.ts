import type { AnswerName } from '../../local/fcm-emulator/answers.ts';
import type { LedgerEntry } from '../../local/fcm-emulator/ledger.ts';
import { TOKEN_MARK } from './audience.ts';
import type { Policy } from './plan.ts';
import type { Attempt, Claim, Due, Facts, Noted } from './facts.ts';
import type { Change } from './people.ts';

export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

export interface Verdict {
  readonly due: number;
  /** Recorded, sent, and no device was asked twice without a definite no in between. */
  readonly sentOnce: number;
  /** Recorded, and a device was asked again; each time an unknown outcome stood in the attempts before. */
  readonly sentAgain: number;
  readonly unexplained: number;
  /** Recorded as unknown: for an operator to settle. */
  readonly held: number;
  /** Of those: nothing had left for the push service. */
  readonly heldUnsent: number;
  /** Definitely refused for every device, or without any device left. */
  readonly refused: number;
  /** Not told, because a mentor opted out, left or was active again meanwhile. */
  readonly withdrawn: number;
  readonly missed: number;
  readonly violations: readonly Violation[];
}

/** A no that leaves no doubt. Final ones are not tried again. */
const DEFINITE: readonly AnswerName[] = [
  'unregistered',
  'gone',
  'invalid_argument',
  'sender_mismatch',
  'third_party_auth',
  'quota',
];
const FINAL: readonly AnswerName[] = ['unregistered', 'gone', 'invalid_argument', 'sender_mismatch'];
/** Attempts of which the service says that they never left. */
const NEVER_LEFT = ['not_attempted', 'app/no-connection'];

const nameOf = (due: Due) => `${due.user_id} ${due.scenario_type} ${due.occurrence}`;

/** Holds what the service says against the ledger, the journal of its commits, and what was due. */
export function check(facts: Facts, policy: Policy): Verdict {
  const violations: Violation[] = [];
  const report = (rule: string, detail: string) => void violations.push({ rule, detail });
  const world = index(facts);
  everyPostHasAClaim(facts, world, report);
  const asked = duplicates(facts, world, policy, report);
  nothingIsUnsettled(facts, report);
  countsAddUp(facts, report);
  logAgrees(facts, report);
  noTokenLeaks(facts, report);
  changesAreObeyed(facts, world, report);
  haltsAreObeyed(facts, report);
  withdrawalsHaveACause(facts, world, report);
  deadTokensOnly(facts, world, report);
  const deliveries = new Set(facts.posts.filter((post) => post.delivered).map((post) => post.notification_id ?? ''));
  recordsAgree(facts, world, deliveries, report);
  const { refused, withdrawn, missed } = whoIsMissing(facts, world, deliveries, report);
  const held = facts.records.filter((record) => record.delivery_status === 'unknown');
  return {
    due: facts.due.length,
    sentOnce: facts.records.filter(
      (record) =>
        world.postsOf.has(record.idempotency_key) &&
        !asked.again.has(record.idempotency_key) &&
        !asked.unexplained.has(record.idempotency_key),
    ).length,
    sentAgain: asked.again.size,
    unexplained: asked.unexplained.size,
    held: held.length,
    heldUnsent: held.filter((record) => !world.postsOf.has(record.idempotency_key)).length,
    refused,
    withdrawn,
    missed,
    violations,
  };
}

type Report = (rule: string, detail: string) => void;
type World = ReturnType<typeof index>;

function index(facts: Facts) {
  const live = facts.claims.filter((claim) => claim.state !== 'released');
  return {
    tokens: new Map(facts.tokens.map((token) => [token.token, token])),
    postsOf: Map.groupBy(facts.posts, (post) => post.notification_id ?? ''),
    claimsOf: Map.groupBy(facts.claims, (claim) => claim.idempotency_key),
    live: new Map(live.map((claim) => [claim.idempotency_key, claim])),
    attemptsOf: Map.groupBy(facts.attempts, (attempt) => `${attempt.claim_id} ${attempt.device_id}`),
    notesOf: Map.groupBy(facts.journal, (note) => note.claim_id),
    recordOf: new Map(facts.records.map((record) => [record.idempotency_key, record])),
    devicesOf: Map.groupBy(facts.devices, (device) => device.user_id),
    changesOf: Map.groupBy(facts.changes, (change) => change.user_id),
    claimOf: new Map(facts.claims.map((claim) => [claim.id, claim])),
    dueAfterwards: new Set(facts.dueAfterwards.map(nameOf)),
  };
}

function everyPostHasAClaim(facts: Facts, world: World, report: Report): void {
  for (const post of facts.posts) {
    const at = Date.parse(post.at);
    const key = post.notification_id ?? '';
    const who = `${key.slice(0, 12)} post ${post.seq}`;
    const device = world.tokens.get(post.token);
    const claims = world.claimsOf.get(key) ?? [];
    if (claims.length === 0 || !device) {
      report('post without a claim', who);
      continue;
    }
    const notes = claims.flatMap((claim) => world.notesOf.get(claim.id) ?? []);
    if (!notes.some((note) => note.what === 'claim' && note.at <= at))
      report('post before its claim was committed', who);
    if (!notes.some((note) => note.what === 'begun' && note.device_id === device.device_id && note.at <= at)) {
      report('post before its attempt was committed', who);
    }
    if (claims.some((claim) => claim.user_id !== device.user_id)) report('post to somebody else', who);
    if ([post.tag, post.apns_collapse_id, post.web_tag].some((tag) => tag !== key)) report('post without its tag', who);
  }
}

/** Which notifications went to one device again, by key: explained by an unknown outcome, or not. */
function duplicates(facts: Facts, world: World, policy: Policy, report: Report) {
  const again = new Set<string>();
  const unexplained = new Set<string>();
  for (const [key, posts] of world.postsOf) {
    const claims = world.claimsOf.get(key) ?? [];
    for (const [deviceId, toDevice] of Map.groupBy(
      posts,
      (post) => world.tokens.get(post.token)?.device_id ?? post.token,
    )) {
      const attempts = claims.flatMap((claim) => world.attemptsOf.get(`${claim.id} ${deviceId}`) ?? []);
      const notes = claims
        .flatMap((claim) => world.notesOf.get(claim.id) ?? [])
        .filter((note) => note.device_id === deviceId);
      const left = attempts.filter((attempt) => !NEVER_LEFT.includes(attempt.error_code ?? ''));
      if (toDevice.length > left.length) {
        unexplained.add(key);
        report(
          'more posts than attempts',
          `${key.slice(0, 12)} ${toDevice.length} posts, ${left.length} attempts ${describe(toDevice, attempts)}`,
        );
      }
      toDevice.sort((a, b) => a.seq - b.seq);
      for (const [i, post] of toDevice.entries()) {
        const doubtful = toDevice.slice(0, i).filter((earlier) => !DEFINITE.includes(earlier.answer)).length;
        if (doubtful === 0) continue;
        const problem = whyUnexplained(post, doubtful, notes, attempts);
        if (problem) unexplained.add(key);
        else again.add(key);
        if (problem) report(problem, `${key.slice(0, 12)} post ${post.seq} ${describe(toDevice, attempts)}`);
        if (policy === 'hold')
          report('posted again under hold', `${key.slice(0, 12)} post ${post.seq} ${describe(toDevice, attempts)}`);
      }
    }
  }
  for (const key of unexplained) again.delete(key);
  return { again, unexplained };
}

/** Null: at the time of the post, each doubtful one before it had an attempt that said unknown, and none was known to have arrived. */
function whyUnexplained(
  post: LedgerEntry,
  doubtful: number,
  notes: readonly Noted[],
  attempts: readonly Attempt[],
): string | null {
  const at = Date.parse(post.at);
  const before = notes.filter((note) => note.at <= at && note.what === 'outcome');
  const unknown = new Set(before.filter((note) => note.state === 'unknown').map((note) => note.attempt));
  if (unknown.size < doubtful) return 'posted again without an unknown';
  const accepted = before.some((note) => note.state === 'accepted' && !unknown.has(note.attempt));
  const holderWasLost = attempts.length > 1 && unknown.size > 0;
  return accepted && !holderWasLost ? 'posted again though accepted' : null;
}

function nothingIsUnsettled(facts: Facts, report: Report): void {
  for (const claim of facts.claims) {
    if (claim.state === 'open' || claim.state === 'unknown')
      report('claim left unsettled', `${claim.idempotency_key.slice(0, 12)} ${claim.state} in ${claim.batch_key}`);
  }
  for (const attempt of facts.attempts) {
    if (attempt.outcome === null)
      report('attempt left undecided', `${attempt.claim_id} ${attempt.device_id} ${attempt.attempt}`);
  }
}

function countsAddUp(facts: Facts, report: Report): void {
  for (const run of facts.runs) {
    const who = `${run.workflow_id} ${run.scenario_type} ${JSON.stringify(run)}`;
    const suppressed = Object.values(run.suppressed).reduce((sum, n) => sum + n, 0);
    if (run.candidates !== suppressed + run.claimed) report('candidates do not add up', who);
    if (run.claimed !== run.sent + run.failed + run.unknown + run.deferred + run.withdrawn)
      report('claimed does not add up', who);
    if (!run.finished) report('run not finished', who);
    if (
      run.sent !== run.claims_sent ||
      run.failed !== run.claims_failed ||
      run.unknown !== run.claims_unknown ||
      run.withdrawn !== run.claims_withdrawn
    )
      report('run count is behind its claims', who);
  }
}

function logAgrees(facts: Facts, report: Report): void {
  const expected: Readonly<Record<string, readonly string[]>> = {
    sent: ['delivered'],
    released: ['failed', 'skipped'],
    held: ['failed', 'skipped'],
  };
  for (const [key, rows] of Map.groupBy(facts.log, (row) => row.idempotency_key)) {
    if (rows.length > 1) report('several log rows for one key', key);
  }
  for (const row of facts.log) {
    if (row.expected_for !== null && !expected[row.expected_for]?.includes(row.status)) {
      report(
        'log disagrees with its claim',
        `${row.idempotency_key.slice(0, 12)} ${row.status}, claim ${row.expected_for}`,
      );
    }
  }
  const delivered = facts.log.filter((row) => row.status === 'delivered').length;
  const sent = facts.records.filter((record) => record.delivery_status === 'sent').length;
  if (delivered !== sent) report('log and records differ', `${delivered} delivered, ${sent} recorded as sent`);
}

/** What was committed before an attempt began is known to it: an opt-out is never followed by a request. */
function changesAreObeyed(facts: Facts, world: World, report: Report): void {
  for (const attempt of facts.attempts) {
    const claim = world.claimOf.get(attempt.claim_id);
    if (!claim) continue;
    for (const change of world.changesOf.get(claim.user_id) ?? []) {
      if (change.committedAt === null || !isAbout(change, claim.scenario_type)) continue;
      // That somebody is active again is seen when their claim is evaluated again.
      const knownAt = change.committedAt + (change.what === 'active again' ? facts.checkAgainAfterMs : 0);
      if (attempt.started_at <= knownAt) continue;
      const late = Math.round(attempt.started_at - change.committedAt);
      report(
        `begun although ${change.what}`,
        `${claim.idempotency_key.slice(0, 12)} attempt ${attempt.attempt} ${late} ms after`,
      );
    }
  }
}

function haltsAreObeyed(facts: Facts, report: Report): void {
  for (const { claim_id, attempt, started_at } of facts.attempts) {
    if (facts.halts.some((halt) => started_at > halt.committedAt && started_at < halt.endingAt))
      report('begun although halted', `${claim_id} attempt ${attempt}`);
  }
}

/** A reason to withdraw, and what must have happened. */
const CAUSES: Readonly<Record<string, readonly Change['what'][]>> = {
  opted_out: ['opted out'],
  not_active: ['deactivated'],
  no_longer_due: ['opted out', 'deactivated', 'active again'],
};

function withdrawalsHaveACause(facts: Facts, world: World, report: Report): void {
  for (const claim of facts.claims.filter((each) => each.is_withdrawn)) {
    const causes = CAUSES[claim.release_reason ?? ''] ?? [];
    const changes = (world.changesOf.get(claim.user_id) ?? []).filter((each) => isAbout(each, claim.scenario_type));
    if (!changes.some((change) => causes.includes(change.what)))
      report('withdrawn without a cause', `${nameOf(claim)} ${claim.release_reason}`);
  }
}

function isAbout({ what, scenario_type }: Change, type: string): boolean {
  if (what === 'active again') return type === 'inactivity';
  return scenario_type === null || scenario_type === type;
}

function noTokenLeaks(facts: Facts, report: Report): void {
  for (const [name, text] of facts.texts) {
    const at = text.indexOf(TOKEN_MARK);
    if (at >= 0) report('device token in the open', `${name}: …${text.slice(Math.max(0, at - 80), at + 10)}…`);
  }
}

function deadTokensOnly(facts: Facts, world: World, report: Report): void {
  const dead = new Set(
    facts.posts
      .filter((post) => post.answer === 'unregistered' || post.answer === 'gone')
      .map((post) => world.tokens.get(post.token)?.device_id),
  );
  for (const device of facts.devices) {
    if (device.invalidated && !dead.has(device.id)) report('token invalidated without cause', device.id);
  }
}

function recordsAgree(facts: Facts, world: World, deliveries: ReadonlySet<string>, report: Report): void {
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

function whoIsMissing(facts: Facts, world: World, deliveries: ReadonlySet<string>, report: Report) {
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

function describe(posts: readonly LedgerEntry[], attempts: readonly Attempt[]): string {
  return `[${posts.map(({ seq, at, answer }) => `#${seq} ${at.slice(17, 23)} ${answer}`).join(', ')}; attempts ${attempts
    .map(({ attempt, outcome, error_code }) => `${attempt} ${outcome}${error_code ? ` ${error_code}` : ''}`)
    .join(', ')}]`;
}
