/** The errors of the plugin API; plugins import them from `dci-gateway/plugin`. */

export type BackendErrorKind = 'unavailable' | 'timeout' | 'refused' | 'too_many';

/**
 * The backend failed. `unavailable` is answered 503, `timeout` 504, `refused` (it does not understand the query) 500; `too_many`
 * (it would go through more rows than the backend will) is that search's `rjct.search.too_many_records_found`, elsewhere 500.
 */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly kind: BackendErrorKind;
  /**
   * With `unavailable`: the backend answers, and limits how often it is asked; it wants to be asked again in so many milliseconds,
   * between a second and an hour. Asynchronous work waits for it, whatever the number of its tries; others are told by `Retry-After`.
   */
  readonly retryAfterMs: number | undefined;

  constructor(kind: BackendErrorKind, detail: string, options: BackendErrorOptions = {}) {
    super(detail, options);
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs === undefined ? undefined : boundedWait(options.retryAfterMs);
  }
}

export interface BackendErrorOptions {
  readonly cause?: unknown;
  /** See `BackendError.retryAfterMs`; what is no number, too short or too long is bounded. */
  readonly retryAfterMs?: number | undefined;
}

/** Of an HTTP answer. */
export interface LimitingAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_600_000;
/** Of a 429 that does not say how long. */
const UNSAID_WAIT_MS = 10_000;

const boundedWait = (ms: number): number =>
  Number.isNaN(ms) ? UNSAID_WAIT_MS : Math.min(Math.max(Math.ceil(ms), SHORTEST_WAIT_MS), LONGEST_WAIT_MS);

/**
 * How long a server that limits requests is to be left alone, in milliseconds, bounded: by 429, or by 503 with a `Retry-After`.
 * Undefined: the answer is of another kind.
 */
export const limitedForMs = ({ status, headers }: LimitingAnswer, now: number): number | undefined => {
  if (status !== 429 && status !== 503) return undefined;
  const said = readRetryAfter(headers, now);
  if (status === 429) return boundedWait(said ?? UNSAID_WAIT_MS);
  return said === undefined || said === 0 ? undefined : boundedWait(said);
};

/**
 * `Retry-After` in milliseconds from now, at most an hour (RFC 9110 10.2.3): seconds, or a date, which is one of the server's own
 * clock. Undefined: there is none that can be read.
 */
export const readRetryAfter = (headers: LimitingAnswer['headers'], now: number): number | undefined => {
  const { 'retry-after': text, date } = headers;
  if (typeof text !== 'string') return undefined;
  const there = readDate(date);
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : readDate(text) - (Number.isNaN(there) ? now : there);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
};

/** NaN: it is none. `Date.parse` alone takes `-5` and `in 5 minutes` for days of 2001. */
const readDate = (text: LimitingAnswer['headers'][string]): number =>
  typeof text === 'string' && /\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;

/** A mistake in the plugin's section: where (a path below `backend`), what, and how to mend it. */
export interface ConfigProblem {
  /** Keys from `backend` down: `['entities', 'person', 'key']`. */
  readonly path: readonly (string | number)[];
  readonly problem: string;
  readonly fix?: string;
}

export class ConfigProblems extends Error {
  override readonly name = 'ConfigProblems';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((each) => `${each.path.join('.')}: ${each.problem}`).join('; '));
    this.problems = problems;
  }
}
