import { styleText } from 'node:util';

/** Colour where `stream` is a terminal that has any; NO_COLOR and FORCE_COLOR decide before that. */
export function paint(
  format: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WritableStream = process.stdout,
): string {
  return styleText(format, text, { stream });
}
