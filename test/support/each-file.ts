import { afterAll } from '@jest/globals';
import { CodedError } from '../../domain/errors.ts';
import { leaks } from './leaks.ts';
import { guardNetwork } from './network-guard.ts';

guardNetwork();

function everythingIsClosed(): void {
  const open = leaks();
  if (open.length > 0) throw new CodedError('E_TEST_LEAK', `still open at the end of the file: ${open.join(', ')}`);
}

afterAll(everythingIsClosed);

// Jest runs afterAll hooks in the order of their definition, and this file's comes first: it is moved behind those of
// the test file, which do the closing, when all of them are known.
type Hook = { type: string; fn: unknown };
type State = { rootDescribeBlock: { hooks: Hook[] } };
type Handler = (event: { name: string }, state: State) => void;
const handlers = (globalThis as unknown as Record<symbol, Handler[] | undefined>)[Symbol.for('EVENT_HANDLERS')];
if (!handlers)
  throw new CodedError('E_TEST_SETUP', 'this version of Jest keeps its event handlers elsewhere', {
    fix: 'see test/support/each-file.ts',
  });
handlers.push(({ name }, { rootDescribeBlock: { hooks } }) => {
  if (name !== 'run_start') return;
  const at = hooks.findIndex((hook) => hook.fn === everythingIsClosed);
  if (at >= 0) hooks.push(...hooks.splice(at, 1));
});
