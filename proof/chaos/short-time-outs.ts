import { CodedError } from '../domain/errors.ts';
/** The time-outs of workflows/, and what becomes of them in a run of a few seconds. */
const SHORTER: readonly (readonly [from: string, to: string])[] = [
  ["heartbeatTimeout: '30 seconds'", "heartbeatTimeout: '5 seconds'"],
  ["startToCloseTimeout: '2 minutes'", "startToCloseTimeout: '15 seconds'"],
  ['backoffCoefficient: 3', 'backoffCoefficient: 1.5'],
  ["maximumInterval: '1 minute'", "maximumInterval: '4 seconds'"],
  ["maximumInterval: '30 seconds'", "maximumInterval: '2 seconds'"],
  ["maximumInterval: '10 seconds'", "maximumInterval: '2 seconds'"],
  ['CLAIMED_BEFORE_SECONDS = 120', 'CLAIMED_BEFORE_SECONDS = 4'],
];

/** The workflows' bundle with a sixth of their time-outs. Throws when they are no longer written as they were. */
export function shortTimeOuts(bundle: string): string {
  let code = bundle;
  for (const [from, to] of SHORTER) {
    if (!code.includes(from))
      throw new CodedError('E_CHAOS_BUNDLE', `workflows/ has no ${from} any more`, {
        fix: 'adapt chaos/short-time-outs.ts',
      });
    code = code.replaceAll(from, to);
  }
  return code;
}
