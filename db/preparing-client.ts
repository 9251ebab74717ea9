import pg from 'pg';
import { statementName } from './sql-file.ts';

/**
 * Statements that run for every few messages: planning them anew costs several times what they do. The others run
 * rarely, or want a plan for their parameters.
 */
const PREPARED = new Set([
  'hold-for-share',
  'learn-outcomes',
  'settle-these-claims',
  'begin-attempts',
  'reserve-rate',
  'count-batch',
]);

/**
 * Prepares those statements once a connection. Only where nothing between gives a client another server's session for
 * each transaction: a prepared statement lives in one session (see HolderSession, which finds that out).
 */
export class PreparingClient extends pg.Client {
  // The driver's method has a dozen overloads; all but this one pass.
  override query(...args: unknown[]): never {
    const [text, values] = args;
    const name = typeof text === 'string' ? statementName(text) : undefined;
    const query = super.query.bind(this) as (...all: unknown[]) => never;
    return name && PREPARED.has(name) ? query({ name, text, values }, ...args.slice(2)) : query(...args);
  }
}
