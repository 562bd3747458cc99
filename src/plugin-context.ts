/** What comes with every call, in the plugin API; plugins import these types from `dci-gateway/plugin`. */

export interface PluginLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Comes with every call. */
export interface CallContext {
  /** Aborted at the deadline; the plugin must stop then and throw `BackendError('timeout')`. */
  readonly signal: AbortSignal;
  /** `performance.now()` at which the signal aborts, for backends that cannot be interrupted from outside. */
  readonly deadline: number;
  readonly requestId: string;
  readonly log: PluginLog;
}
