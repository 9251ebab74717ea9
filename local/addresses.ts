import { join } from 'node:path';
import { environmentFile } from './environment-file.ts';
import type { Surroundings } from './parts.ts';

/** Where what runs here can be seen and used, a line each; for the terminal, and for whoever starts it a second time. */
export function describeAddresses({ webUi, ledgerFile }: Surroundings, folder: string): string[] {
  return [
    ...(webUi ? [`Web UI        ${webUi}`] : []),
    ...(ledgerFile ? [`FCM ledger    ${ledgerFile}`] : []),
    `Worker's log  ${join(folder, 'worker.log')}`,
    '',
    'To use the command line in another terminal, in any folder:',
    `  source ${environmentFile(folder)}`,
    '  scenario-push preview',
  ];
}
