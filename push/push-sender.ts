import type { DeviceOutcome, PushServiceTrouble, TokenKind } from '../domain/outcome.ts';
import type { MessageText } from '../domain/scenarios/definition.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';

/** One message for one device. */
export interface PushMessage {
  /** Secret: never logged, never in a workflow's history. */
  readonly token: string;
  /** @default 'registration_token' */
  readonly tokenKind?: TokenKind;
  /** The idempotency key: what lets a device show a message once that was sent twice. */
  readonly notificationId: string;
  /** Whose token it is; for those who watch, never sent. */
  readonly deviceId?: string;
  readonly scenarioType: ScenarioType;
  readonly text: MessageText;
  /** What a tap opens: https, or the app's own scheme. @default null: the app */
  readonly link?: string | null;
  readonly timeToLiveSeconds: number;
}

export interface PushResult {
  readonly outcome: DeviceOutcome;
  /** Set when the answer is a reason to send less, or nothing, for a while: quota, an outage, no connection. */
  readonly trouble?: PushServiceTrouble;
}

/** The outside world, as dispatch sees it. */
export interface PushSender {
  /** Whose rate the messages count against. */
  readonly projectId: string;
  /** Sends one message once. Never throws for what the service or the network answers. */
  send(message: PushMessage): Promise<PushResult>;
  /** Has the service check a message without sending it. */
  validate(message: PushMessage): Promise<PushResult>;
  close(): Promise<void>;
}
