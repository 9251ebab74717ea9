const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i;

/** An ISO 8601 instant with a zone, such as 2026-11-20T09:00:00Z; null for anything else. */
export function parseInstant(text: string): Date | null {
  const date = INSTANT.exec(text)?.[1];
  if (date === undefined) return null;
  const instant = read(text);
  // Date takes 30 February for 2 March.
  const isFine = !Number.isNaN(instant.getTime()) && read(`${date}T00:00:00Z`).toISOString().startsWith(date);
  return isFine ? instant : null;
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return parseInstant(`${text}T00:00:00Z`) !== null;
}

function read(text: string): Date {
  // oxlint-disable-next-line no-restricted-globals -- of a text: no clock is read
  return new Date(text);
}
