/** The errors of the plugin API; plugins import them from `dci-gateway/plugin`. */

export type BackendErrorKind = 'unavailable' | 'timeout' | 'refused' | 'too_many';

/**
 * The backend failed. `unavailable` is answered 503, `timeout` 504, `refused` (it does not understand the query) 500; `too_many`
 * (it would go through more rows than the backend will) is that search's `rjct.search.too_many_records_found`, elsewhere 500.
 */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly kind: BackendErrorKind;

  constructor(kind: BackendErrorKind, detail: string, options?: { readonly cause?: unknown }) {
    super(detail, options);
    this.kind = kind;
  }
}

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
