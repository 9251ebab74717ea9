/** An error that says what to do: its message opens with a stable code. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}

/** The caller asked for something that cannot be: exit code 2. */
export class UsageError extends ServiceError {
  override readonly name = 'UsageError';
}
