import { Command } from 'commander';
import type { Finding } from '../examination.ts';
import { examples } from '../examples.ts';
import { jsonOption } from '../options.ts';
import { printJson } from '../output.ts';
import { paint } from '../paint.ts';
import { printTable } from '../table.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check database, schema, Temporal and Firebase, and say what to do; sends nothing')
    .addOption(jsonOption())
    .addHelpText('after', examples('doctor', 'doctor --json'))
    .action(async ({ json }: { json: boolean }) => {
      const { examine } = await import('../examination.ts');
      const findings = await examine(process.env);
      if (json) findings.forEach(printJson);
      else printTable([], findings.map(describe));
      if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
    });
}

function describe({ check, ok, warning, detail }: Finding): string[] {
  const mark = !ok ? paint(['bold', 'red'], 'FAIL') : warning ? paint('yellow', 'warn') : paint('green', 'ok');
  return [mark, check, detail];
}
