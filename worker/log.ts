import { DefaultLogger, type LogLevel } from '@temporalio/worker';
import { pino, type Logger } from 'pino';

/** JSON lines on standard error: standard output belongs to results. */
export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
}

/** Temporal's own log, in the same form. */
export function temporalLog(log: Logger): DefaultLogger {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;
  return new DefaultLogger('DEBUG' satisfies LogLevel, ({ level, message, meta }) => {
    log[levels[level]]({ ...meta, source: 'temporal' }, message);
  });
}
