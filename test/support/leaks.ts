// What the support helpers opened in this test file and nobody has closed. The module is evaluated once per file.
const open = new Map<object, string>();

/** Remembers something that must be closed before the file ends; the returned function says that it was. */
export function mustClose(what: string): () => void {
  const key = {};
  open.set(key, what);
  return () => open.delete(key);
}

export function leaks(): string[] {
  return [...open.values()];
}
