import type { Context, SpanStatusCode, Tracer } from '@opentelemetry/api';
import type { LogEvent } from 'kysely';
import { statementName } from '../../db/sql-file.ts';

/**
 * A span for a statement that has just ended, named after its file in db/sql, or after its verb where it has none.
 * Parameters hold tokens and messages of the database may quote values: neither is looked at.
 */
export function traceStatement(tracer: Tracer, failed: SpanStatusCode.ERROR, parent: Context, event: LogEvent): void {
  const end = Date.now();
  const { sql } = event.query;
  const name = statementName(sql) ?? sql.trimStart().split(/\s/, 1)[0]!.toLowerCase();
  const span = tracer.startSpan(
    `sql ${name}`,
    { startTime: end - event.queryDurationMillis, attributes: { 'db.system': 'postgresql' } },
    parent,
  );
  if (event.level === 'error') {
    const { code } = (event.error ?? {}) as { code?: unknown };
    span.setStatus({ code: failed, message: typeof code === 'string' ? code : 'no connection' });
  }
  span.end(end);
}
