import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { registerSearchAttributes } from '../../client/register-search-attributes.ts';
import { testConnection, type TestConnection } from './temporal.ts';

/** A client in a namespace of this file's own: for ids that the service fixes, such as those of its Schedules. */
export async function temporalOfOneFile(): Promise<TestConnection & { namespace: string }> {
  const shared = await testConnection();
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  const { connection } = shared;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  // The server's parts hear of a new namespace one after the other.
  for (let tried = 1; ; tried++) {
    try {
      await registerSearchAttributes(connection, namespace);
      await connection.workflowService.listSchedules({ namespace, maximumPageSize: 1 });
      break;
    } catch (error) {
      if (tried === 100) throw error;
      await sleep(100);
    }
  }
  return { ...shared, namespace, client: new Client({ connection, namespace }) };
}
