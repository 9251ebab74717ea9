import { expect, test } from '@jest/globals';
import { CodedError, isCoded, UsageError } from '../../domain/errors.ts';

test('what is read is the code, what is wrong, and what to do', () => {
  const cause = new Error('refused');
  const error = new CodedError('E_LISTEN', 'port 1 is taken', { fix: 'choose another', cause });
  expect(error.message).toBe('E_LISTEN: port 1 is taken; choose another');
  expect(error).toMatchObject({ name: 'CodedError', code: 'E_LISTEN', fix: 'choose another', cause });
  const afterLog = new CodedError('E_LISTEN', 'it said:\na\nb', { fix: 'choose another' });
  expect(afterLog.message).toBe('E_LISTEN: it said:\na\nb\nchoose another');
  expect(new UsageError('E_AS_OF', 'expected an instant').message).toBe('E_AS_OF: expected an instant');
});

test('a code is known by its field, wherever the error was made', () => {
  expect(isCoded(new UsageError('E_AS_OF', 'no instant'))).toBe(true);
  expect(isCoded({ message: 'elsewhere', code: 'E_AS_OF' })).toBe(true);
  for (const other of [new Error('E_AS_OF: text alone'), { message: 'no file', code: 'ENOENT' }, null, 'E_AS_OF']) {
    expect(isCoded(other)).toBe(false);
  }
});
