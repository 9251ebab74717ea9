import { html } from 'hono/html';
import type { DeliveryPolicy } from '../../../db/delivery-policies.ts';
import type { RuleScope } from '../../../db/rule-scopes.ts';
import type { ConsoleContext } from '../../env.ts';
import { table, type Html } from '../../layout.ts';
import { scopeName, scopeTitle } from './scope.ts';

/** The hours and limits that there are, and whose: in a chapter the most specific of them counts, as with rules. */
export function policies(c: ConsoleContext, scopes: readonly RuleScope[], all: readonly DeliveryPolicy[]): Html {
  const words = c.get('words');
  const say = words.rules.policies;
  const byScope = new Map(all.map((policy) => [scopeName(policy), policy]));
  const lines = scopes.flatMap((scope) => {
    const policy = byScope.get(scopeName(scope));
    return policy ? [{ scope, policy }] : [];
  });
  return html`<h2 id="hours">${say.title}</h2>
    <p>${say.lead}</p>
    ${table<(typeof lines)[number]>(
      say.title,
      [
        { title: say.whose, cell: ({ scope }) => scopeTitle(scope, words) },
        { title: say.hours, cell: ({ policy }) => hours(policy, say.anyHour) },
        { title: say.limit, cell: ({ policy }) => limit(c, policy) },
      ],
      lines,
    )}`;
}

function hours({ send_from, send_until }: DeliveryPolicy, anyHour: string): string {
  return send_from === send_until ? anyHour : `${send_from}–${send_until}`;
}

function limit(c: ConsoleContext, { max_notifications, per_days }: DeliveryPolicy): string {
  const { noLimit, per } = c.get('words').rules.policies;
  const number = (n: number) => c.get('when').number(n);
  return max_notifications === null
    ? noLimit
    : per(max_notifications, number(max_notifications), per_days, number(per_days));
}
