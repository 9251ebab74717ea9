import { TOKEN_MARK } from './audience.ts';
import type { Report, World } from './checked-facts.ts';
import type { Facts } from './facts.ts';

export function nothingIsUnsettled(facts: Facts, report: Report): void {
  for (const claim of facts.claims) {
    if (claim.state === 'open' || claim.state === 'unknown')
      report('claim left unsettled', `${claim.idempotency_key.slice(0, 12)} ${claim.state} in ${claim.batch_key}`);
  }
  for (const attempt of facts.attempts) {
    if (attempt.outcome === null)
      report('attempt left undecided', `${attempt.claim_id} ${attempt.device_id} ${attempt.attempt}`);
  }
}

export function countsAddUp(facts: Facts, report: Report): void {
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

export function logAgrees(facts: Facts, report: Report): void {
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

export function noTokenLeaks(facts: Facts, report: Report): void {
  for (const [name, text] of facts.texts) {
    const at = text.indexOf(TOKEN_MARK);
    if (at >= 0) report('device token in the open', `${name}: …${text.slice(Math.max(0, at - 80), at + 10)}…`);
  }
}

export function deadTokensOnly(facts: Facts, world: World, report: Report): void {
  const dead = new Set(
    facts.posts
      .filter((post) => post.answer === 'unregistered' || post.answer === 'gone')
      .map((post) => world.tokens.get(post.token)?.device_id),
  );
  for (const device of facts.devices) {
    if (device.invalidated && !dead.has(device.id)) report('token invalidated without cause', device.id);
  }
}
