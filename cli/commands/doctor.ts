import { Command } from 'commander';
import { examine, type Finding } from '../examination.ts';
import { jsonOption } from '../options.ts';
import { printJson, printLine } from '../output.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check database, schema, Temporal and Firebase, and say what to do; sends nothing')
    .addOption(jsonOption())
    .action(async ({ json }: { json: boolean }) => {
      const findings = await examine(process.env);
      for (const finding of findings) {
        if (json) printJson(finding);
        else printLine(describe(finding));
      }
      if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
    });
}

function describe({ check, ok, detail }: Finding): string {
  return `${ok ? 'ok  ' : 'FAIL'}  ${check.padEnd(12)} ${detail}`;
}
