import { setCurrentDetails } from '@temporalio/workflow';
import type { BatchRequest } from '../activities/create-activities.ts';
import type { ScenarioCounts } from '../domain/sweep.ts';
import { dispatchBatch, evaluateBatch } from './activities.ts';

/** One scenario type over one range of mentors: evaluate and claim, then send and record. */
export async function scenarioBatch(request: BatchRequest): Promise<ScenarioCounts> {
  const evaluation = await evaluateBatch(request);
  if (evaluation.claimed === 0) return { ...evaluation, sent: 0, failed: 0, unknown: 0 };
  setCurrentDetails(`${evaluation.claimed} claimed of ${evaluation.mentors_evaluated} mentors, sending`);
  return { ...evaluation, ...(await dispatchBatch(request.batchKey)) };
}
