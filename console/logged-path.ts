const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** Whose page was read is for no log. */
export function withoutIds(path: string): string {
  return path.replaceAll(UUID, ':id');
}
