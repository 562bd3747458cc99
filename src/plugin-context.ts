/** What comes with every call, in the plugin API; plugins import these types from `dci-gateway/plugin`. */

import type { UpstreamJson, UpstreamObject } from './plugin.ts';

export interface PluginLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Of work that may wait: the upstream is asked by a message, and calls back with the answer. */
export interface Relay {
  /** In milliseconds. What is asked again must be the same message: its time is this. */
  readonly acceptedAt: number;
  /**
   * The message that the upstream answered these search items with. Rejects with `BackendError` as long as it has not: the
   * whole search is run again once it has, and asks the same.
   */
  ask(items: readonly UpstreamObject[]): Promise<UpstreamObject>;
}

/**
 * Of work that is interrupted (the backend limits how often it is asked, the process ends) and run again later: what was
 * answered before is not asked again.
 */
export interface KeptAnswers {
  /**
   * What was answered under this key, else what `ask` answers, which is kept. Rejects with what `ask` rejects with.
   *
   * @param key names all that the answer depends on; the same again for the same question
   */
  answer(key: string, ask: () => Promise<UpstreamJson>): Promise<UpstreamJson>;
}

/** Comes with every call. */
export interface CallContext {
  /** Aborted at the deadline; the plugin must stop then and throw `BackendError('timeout')`. */
  readonly signal: AbortSignal;
  /** `performance.now()` at which the signal aborts, for backends that cannot be interrupted from outside. */
  readonly deadline: number;
  readonly requestId: string;
  readonly log: PluginLog;
  /** Absent: an upstream is called, and its answer waited for. */
  readonly relay?: Relay;
  /** Absent: nothing is kept, nobody runs this again. */
  readonly kept?: KeptAnswers;
}
