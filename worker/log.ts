import { activityInfo, asyncLocalStorage } from '@temporalio/activity';
import { DefaultLogger, type LogLevel } from '@temporalio/worker';
import { pino, type DestinationStream, type Logger } from 'pino';
import { loggableError } from './loggable-error.ts';

/**
 * JSON lines on standard error: standard output belongs to results. What is logged within an activity says which
 * workflow and run it works for, whoever logs it.
 */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  // Temporal's own name for an error is `error`.
  const serializers = { err: loggableError, error: loggableError };
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, mixin: whoseWork, serializers };
  return pino(options, destination);
}

function whoseWork(): object {
  if (!asyncLocalStorage.getStore()) return {};
  const { workflowExecution, activityType, attempt } = activityInfo();
  return {
    workflow_id: workflowExecution?.workflowId,
    run_id: workflowExecution?.runId,
    activity: activityType,
    activity_attempt: attempt,
  };
}

/** Temporal's own log, in the same form. */
export function temporalLog(log: Logger): DefaultLogger {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  return new DefaultLogger('DEBUG' satisfies LogLevel, ({ level, message, meta }) => {
    log[levels[level]]({ ...meta, source: 'temporal' }, message);
  });
}
