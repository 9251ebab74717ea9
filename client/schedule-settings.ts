import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { BRAKE_EXPECTED, isBrakeSetting, type BrakeSetting } from '../domain/brake.ts';
import { UsageError } from '../domain/errors.ts';
import { withValue } from '../domain/expected.ts';
import { cronFault, timezoneFault } from './cron.ts';
import { DEFAULT_SCHEDULES, scheduleIdOf, type ScheduleDefinition } from './schedule-definitions.ts';

/** Refuses with `expected …, got "…"` and, after it, the reason. */
function sound(expected: string, faultOf: (text: string) => string | null) {
  return z.string({ error: `expected ${expected}` }).superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault) context.addIssue({ code: 'custom', message: `expected ${expected}, got "${text}": ${fault}` });
  });
}

const setting = z.strictObject({
  cron: sound('five fields of cron such as 0 10 * * *', cronFault).optional(),
  timezone: sound('a name of the IANA database such as Europe/Oslo', timezoneFault).optional(),
  paused: z.boolean({ error: 'expected true or false' }).optional(),
  brake: z
    .custom<BrakeSetting>(isBrakeSetting, {
      error: ({ input }) => `expected ${BRAKE_EXPECTED}, got ${JSON.stringify(input)}`,
    })
    .optional(),
  enabled: z.boolean({ error: 'expected true or false' }).optional(),
});

/**
 * The Schedules that there are to be: the defaults of this build, changed as a JSON file says. It maps scenario types,
 * or ids of Schedules, to any of `cron`, `timezone`, `paused` (how it is created), `brake` and `enabled` (false: no such
 * Schedule). Throws E_SCHEDULES_FILE, which names everything that is wrong.
 */
export function configuredSchedules(file: string | undefined): ScheduleDefinition[] {
  return file ? changedBy(readJson(file), file) : [...DEFAULT_SCHEDULES];
}

function changedBy(settings: Record<string, unknown>, file: string): ScheduleDefinition[] {
  const faults: string[] = [];
  const wanted = new Map(DEFAULT_SCHEDULES.map((definition) => [definition.id, definition]));
  const seen = new Set<string>();
  for (const [name, given] of Object.entries(settings)) {
    const id = scheduleIdOf(name);
    const definition = id && wanted.get(id);
    if (id && seen.has(id)) faults.push(`${name}: ${id} stands there twice`);
    else if (!definition)
      faults.push(`${name}: expected some of ${DEFAULT_SCHEDULES.map((each) => each.id).join(', ')}`);
    else {
      seen.add(id);
      const parsed = setting.safeParse(given, { error: withValue });
      if (!parsed.success) {
        faults.push(...parsed.error.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`));
      } else if (parsed.data.enabled === false) {
        wanted.delete(id);
      } else {
        const { cron, timezone, paused, brake } = parsed.data;
        if (brake !== undefined && definition.workflowType !== 'scenarioSweep') {
          faults.push(`${name}.brake: expected nothing, for ${id} sends nothing`);
        }
        wanted.set(id, {
          ...definition,
          ...(cron && { cron }),
          ...(timezone && { timezone }),
          ...(paused !== undefined && { paused }),
          ...(brake !== undefined && { brake }),
        });
      }
    }
  }
  if (faults.length > 0)
    throw fault(`${file} describes no Schedules that could be:\n${faults.map((each) => `  - ${each}`).join('\n')}`);
  return [...wanted.values()];
}

function readJson(file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fault(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw fault(`${file}: expected an object, for example {"inactivity": {"cron": "0 9 * * *"}}`);
}

function fault(message: string): UsageError {
  return new UsageError('E_SCHEDULES_FILE', message, { fix: 'correct the file; nothing was changed' });
}
