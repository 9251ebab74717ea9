import { setCurrentDetails } from '@temporalio/workflow';
import type { BatchRequest } from '../activities/create-activities.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { dispatchBatch, evaluateBatch } from './activities.ts';
import { countsTable, grouped } from './details.ts';

/** One scenario type over one range of mentors: evaluate and claim, then send and record. */
export async function scenarioBatch(request: BatchRequest): Promise<ScenarioCounts> {
  const { scenarioType, asOf, batchKey } = request;
  setCurrentDetails(`**evaluating** · ${scenarioType} · as of ${asOf}`);
  const evaluation = await evaluateBatch.executeWithOptions({ summary: `who is due: ${scenarioType}, as of ${asOf}` }, [
    request,
  ]);
  const counts = (delivery: Pick<ScenarioCounts, 'sent' | 'failed' | 'unknown'>) => ({ ...evaluation, ...delivery });
  let result = counts({ sent: 0, failed: 0, unknown: 0 });
  if (evaluation.claimed > 0) {
    const notifications = `${grouped(evaluation.claimed)} ${evaluation.claimed === 1 ? 'notification' : 'notifications'}`;
    setCurrentDetails(`**sending** ${notifications} · ${scenarioType} · as of ${asOf}`);
    result = counts(
      await dispatchBatch.executeWithOptions({ summary: `send and record ${notifications}` }, [batchKey]),
    );
  }
  setCurrentDetails([`**finished** · as of ${asOf}`, '', countsTable({ [scenarioType]: result })].join('\n'));
  return result;
}
