import type { Audience } from '../../proof/evaluator/audience.ts';

/** The rows of one mentor, and the chapters, organisations and rules that are hers. */
export function onlyMentor(audience: Audience, userId: string): Audience {
  const users = audience.users.filter((row) => row.id === userId);
  const chapters = audience.chapters.filter((row) => users.some((user) => user.chapter_id === row.id));
  const organizations = audience.organizations.filter((row) =>
    chapters.some((chapter) => chapter.organization_id === row.id),
  );
  const hers = <Row extends { readonly user_id: string }>(rows: readonly Row[]) =>
    rows.filter((row) => row.user_id === userId);
  return {
    organizations,
    chapters,
    users,
    rules: audience.rules.filter(
      (rule) =>
        (rule.chapter_id === null || chapters.some(({ id }) => id === rule.chapter_id)) &&
        (rule.organization_id === null || organizations.some(({ id }) => id === rule.organization_id)),
    ),
    policies: audience.policies.filter(
      (policy) =>
        (policy.chapter_id === null || chapters.some(({ id }) => id === policy.chapter_id)) &&
        (policy.organization_id === null || organizations.some(({ id }) => id === policy.organization_id)),
    ),
    activities: hers(audience.activities),
    summaries: hers(audience.summaries),
    certifications: hers(audience.certifications),
    devices: hers(audience.devices),
    preferences: hers(audience.preferences),
    told: hers(audience.told),
    claims: hers(audience.claims),
  };
}

/** Takes away row after row, many at a time first, as long as the rest still fails. */
export async function smallestCase(
  audience: Audience,
  fails: (audience: Audience) => Promise<boolean>,
): Promise<Audience> {
  const removable = [
    'rules',
    'policies',
    'activities',
    'summaries',
    'certifications',
    'devices',
    'preferences',
    'told',
    'claims',
  ] as const;
  let smallest = audience;
  for (let shrunk = true; shrunk;) {
    shrunk = false;
    for (const table of removable) {
      for (let size = Math.max(1, smallest[table].length); size >= 1; size = Math.floor(size / 2)) {
        for (let at = 0; at < smallest[table].length;) {
          const without = { ...smallest, [table]: smallest[table].toSpliced(at, size) };
          if (await fails(without)) {
            smallest = without;
            shrunk = true;
          } else at += size;
        }
      }
    }
  }
  return smallest;
}

/** For people: a line per row, instants as ISO 8601 with microseconds. */
export function describeCase(audience: Audience): string {
  const lines: string[] = [];
  for (const [table, rows] of Object.entries(audience) as [string, readonly object[]][]) {
    for (const row of rows) lines.push(`  ${table.padEnd(14)} ${JSON.stringify(row, readable)}`);
  }
  return lines.join('\n');
}

function readable(_name: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const micros = ((value % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((value - micros) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${micros.toString().padStart(6, '0')}Z`;
}
