import type { PreviewRow, PreviewVisitor } from '../db/preview.ts';
import { count } from '../domain/explanation/en/amounts.ts';
import { Clock } from '../domain/explanation/when.ts';
import type { ScenarioType } from '../domain/scenarios/registry.ts';
import { messageText } from '../push/message-text.ts';
import { oneLine, writeLine } from './output.ts';
import { paint } from './paint.ts';

/** Prints everybody who would be notified, as they come: who, in which chapter, when, and the text. */
export class PreviewList implements PreviewVisitor {
  readonly #asOf: string;
  readonly #clocks = new Map<string, Clock>();
  #listed: { send: number; deferred: number } | null = null;

  constructor(asOf: Date) {
    this.#asOf = asOf.toISOString();
  }

  readonly audience = (scenarioType: ScenarioType): void => {
    this.finish();
    this.#listed = { send: 0, deferred: 0 };
    void writeLine(paint('bold', scenarioType));
  };

  readonly candidate = (scenarioType: ScenarioType, row: PreviewRow): Promise<void> | void => {
    if (row.reason !== null) return undefined;
    this.#listed!.send++;
    if (row.send_at !== null) this.#listed!.deferred++;
    const { title, body } = messageText(scenarioType, row.locale, row.message_values, row.messages);
    return writeLine(
      [
        `  mentor  ${row.user_id}`,
        `  chapter ${row.chapter_id}`,
        `  when    ${this.#when(row)}`,
        `  text    ${oneLine(`“${title}” ${body}`)}\n`,
      ].join('\n'),
    );
  };

  /** Says how many there were. To be called at the end as well. */
  finish(): void {
    if (!this.#listed) return;
    const { send, deferred } = this.#listed;
    void writeLine(`${count(send, 'notification')}${deferred === 0 ? '' : `, ${deferred} of them when hours begin`}\n`);
  }

  #when({ send_at, timezone }: PreviewRow): string {
    if (send_at === null) return 'at once';
    const zone = timezone ?? 'UTC';
    const clock = this.#clocks.get(zone) ?? new Clock(zone, this.#asOf, 'en');
    this.#clocks.set(zone, clock);
    return `${clock.instant(send_at.toISOString())}, when their hours begin`;
  }
}
