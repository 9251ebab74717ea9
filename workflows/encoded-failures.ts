import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts message and stack trace of a failure into a payload, where the codec encrypts them. For a worker with keys alone:
 * without them it would only hide the message from readers.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
