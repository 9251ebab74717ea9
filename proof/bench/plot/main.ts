// npm run bench:report -- [results.json]: tables and plots (docs/benchmarks/) of the results that bench --save has put there.
import { writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { install } from '../install.ts';
import { readResults } from '../results.ts';
import { plots } from './plots.ts';
import { tables } from './tables.ts';

interface Vega {
  parse(spec: unknown): unknown;
  View: new (runtime: unknown, options: { renderer: 'none' }) => { toSVG(): Promise<string>; finalize(): void };
}
interface VegaLite {
  compile(spec: unknown): { spec: unknown };
}

const file = resolve(process.argv[2] ?? join(import.meta.dirname, '../../../docs/benchmarks/results.json'));
const results = readResults(file);
if (results.length === 0) {
  console.error(`${file} holds no results; run "npm run bench -- --save ${relative(process.cwd(), file)}" first.`);
  process.exit(1);
}

writeFileSync(join(dirname(file), 'results.md'), tables(results));

// The drawing library is no part of the product: it is installed here, when it is first used.
install(import.meta.dirname, (line) => console.error(line));
// By a name that the compiler does not follow: the library need not be there to check types.
const load = <T>(name: string): Promise<T> => import(name) as Promise<T>;
const [vega, vegaLite] = await Promise.all([load<Vega>('vega'), load<VegaLite>('vega-lite')]);

for (const [name, spec] of Object.entries(plots(results))) {
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  const svg = join(dirname(file), `${name}.svg`);
  writeFileSync(svg, `${await view.toSVG()}\n`);
  view.finalize();
  console.log(`${basename(svg)} drawn from ${results.length} results`);
}
