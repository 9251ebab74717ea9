import type { Place } from './stored-texts.ts';

/** Where a secret was found, in which form. Never repeats it whole: what a test prints is read by many. */
export function findLeaks(secrets: Iterable<string>, places: readonly Place[]): string[] {
  const found: string[] = [];
  for (const secret of new Set(secrets)) {
    for (const [form, needles] of Object.entries(formsOf(secret))) {
      for (const { name, text } of places) {
        const needle = needles.find((each) => text.includes(each));
        if (needle === undefined) continue;
        const around = text.slice(Math.max(0, text.indexOf(needle) - 120), text.indexOf(needle)).replaceAll('\n', ' ');
        found.push(`${secret.slice(0, 12)}… in ${name}, ${form}, after: ${around}`);
      }
    }
  }
  return found;
}

/** The shapes that a text takes on its way: written, in JSON, in JSON within JSON, in a URL, within base64. */
export function formsOf(secret: string): Record<string, string[]> {
  const json = JSON.stringify(secret).slice(1, -1);
  const forms: Record<string, string[]> = {
    plain: [secret],
    json: [json, JSON.stringify(json).slice(1, -1), asciiJson(secret)],
    url: [encodeURIComponent(secret), new URLSearchParams({ a: secret }).toString().slice(2)],
    base64: [0, 1, 2].map((shift) => withinBase64(secret, shift)),
    base64url: [0, 1, 2].map((shift) => withinBase64(secret, shift).replaceAll('+', '-').replaceAll('/', '_')),
    hex: [Buffer.from(secret).toString('hex')],
  };
  return forms;
}

function asciiJson(secret: string): string {
  return JSON.stringify(secret)
    .slice(1, -1)
    .replaceAll(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What it looks like inside the base64 of something longer, where it begins at any byte of three. */
function withinBase64(secret: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
  return whole.slice(shift === 0 ? 0 : 4);
}
