import { ApplicationFailure } from '@temporalio/common';
import type { CodedError } from '../domain/errors.ts';

/** What is wrong by itself is not tried again: its code is the failure's type. For activities and workflows alike. */
export function refusal({ code, message }: CodedError): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code);
}
