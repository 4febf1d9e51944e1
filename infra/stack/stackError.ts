/** The embedded stack cannot do what was asked. Stands beside GraftworkError: infra imports nothing but node. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly code = 'GW_STACK';

  /** @param remedy what the person can do, as a sentence */
  constructor(
    message: string,
    readonly remedy: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
