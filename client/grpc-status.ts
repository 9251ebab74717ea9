/** Status codes of gRPC that mean something here. */
export const NOT_FOUND = 5;
export const PERMISSION_DENIED = 7;
export const UNIMPLEMENTED = 12;

/** The status of an answer of Temporal's server, also where the SDK has wrapped it; undefined for another error. */
export function grpcStatus(error: unknown): { readonly code: number; readonly details: string } | undefined {
  const { code, details, cause } = (error ?? {}) as { code?: unknown; details?: unknown; cause?: unknown };
  if (typeof code === 'number' && typeof details === 'string') return { code, details };
  return cause === undefined ? undefined : grpcStatus(cause);
}
