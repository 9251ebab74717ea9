// Run by temporal-cli.ts as a process of its own: arguments are the folder to download into and the version.
// The SDK has no call that only downloads, so a server is started from it and stopped again.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [folder, version] = process.argv.slice(2);
if (!folder || !version) throw new Error('usage: download-temporal-cli.ts <folder> <version>');

try {
  const env = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir: folder, version } },
  });
  await env.teardown();
} catch (error) {
  console.error((error instanceof Error ? error.message : String(error)).replaceAll('\n', ' '));
  process.exitCode = 1;
}
