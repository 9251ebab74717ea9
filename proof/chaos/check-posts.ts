import type { AnswerName } from '../../local/fcm-emulator/answers.ts';
import type { LedgerEntry } from '../../local/fcm-emulator/ledger.ts';
import type { Report, World } from './checked-facts.ts';
import type { Attempt, Facts, Noted } from './facts.ts';
import type { Policy } from './plan.ts';

/** A no that leaves no doubt. */
const DEFINITE: readonly AnswerName[] = [
  'unregistered',
  'gone',
  'invalid_argument',
  'sender_mismatch',
  'third_party_auth',
  'quota',
];
/** Attempts of which the service says that they never left. */
const NEVER_LEFT = ['not_attempted', 'app/no-connection'];

export function everyPostHasAClaim(facts: Facts, world: World, report: Report): void {
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
export function duplicates(facts: Facts, world: World, policy: Policy, report: Report) {
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

function describe(posts: readonly LedgerEntry[], attempts: readonly Attempt[]): string {
  return `[${posts.map(({ seq, at, answer }) => `#${seq} ${at.slice(17, 23)} ${answer}`).join(', ')}; attempts ${attempts
    .map(({ attempt, outcome, error_code }) => `${attempt} ${outcome}${error_code ? ` ${error_code}` : ''}`)
    .join(', ')}]`;
}
