/**
 * A call that did not give an answer. `refused`: the address or the URL may not be called, nothing was connected;
 * `timeout`: the deadline or the caller's signal; `network`: name, connection or TLS; `too_large`: more than `maxBytes`;
 * `token`: a token endpoint gave no access token.
 * The message is for the log: it names the origin, never the path or the query.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly kind: 'refused' | 'timeout' | 'network' | 'too_large' | 'token';

  /** Of a token endpoint that limits requests: in how many milliseconds it may be asked again. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: OutboundError['kind'], message: string, options: OutboundErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface OutboundErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number | undefined;
}
