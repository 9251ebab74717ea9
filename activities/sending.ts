import { DRAIN_WITHIN } from '../domain/timing.ts';
import { SendWindow } from '../push/send-window.ts';
import type { Dependencies, DispatchSettings } from './dependencies.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { SendRate } from './send-rate.ts';
import { TextFaultLog } from './text-fault-log.ts';
import { Turns } from './turns.ts';

/** What all batches of one process share when they send: how much at once, how fast, and whether at all. */
export interface Sending {
  readonly window: SendWindow;
  readonly rate: SendRate;
  readonly gatekeeper: Gatekeeper;
  readonly textFaults: TextFaultLog;
  readonly turns: Turns;
}

export function createSending({ repository, push, log }: Dependencies, settings: DispatchSettings): Sending {
  const { concurrency, messagesPerSecond, rampMs, drainWithinMs = DRAIN_WITHIN } = settings;
  return {
    window: new SendWindow({ most: concurrency, drainWithinMs }),
    rate: new SendRate(repository, { projectId: push.projectId, perSecond: messagesPerSecond, rampMs }),
    gatekeeper: new Gatekeeper(repository, push.projectId, settings, log),
    textFaults: new TextFaultLog(log),
    turns: new Turns(),
  };
}
