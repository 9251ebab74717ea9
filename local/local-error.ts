/** What a stand-in on this machine cannot do, with a stable code and the way out. */
export class LocalError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.name = 'LocalError';
    this.code = code;
  }
}
